/** Pools that run as root load nothing that others may write. */
import type { Wanted } from '#activation/hosted-applications.ts'
import { PorticoError } from '#base/errors.ts'
import { writableByOthers } from '#identity/writable-by-others.ts'

export class RootPools {
  /** The looks that are under way, by folder: a crowd of clients of one application is one look. */
  readonly #looks = new Map<string, Promise<readonly string[]>>()

  /** Throws ROOT_POOL_NOT_SAFE with all that others may write in the application's folder or on the way to it. */
  async assertSafe({ path: app, folder }: Wanted, pool: string): Promise<void> {
    const found = await this.#look(folder)
    if (found.length > 0) throw new PorticoError('ROOT_POOL_NOT_SAFE', { app, pool, found })
  }

  #look(folder: string): Promise<readonly string[]> {
    const underWay = this.#looks.get(folder)
    if (underWay) return underWay
    const look = writableByOthers(folder).finally(() => this.#looks.delete(folder))
    this.#looks.set(folder, look)
    return look
  }
}
