/** The groups of one Portico: `portico-<home>/pool-<name>/worker-<id>` and `portico-<home>/standby/worker-<id>` below its own cgroup. */
import { createHash } from 'node:crypto'
import type { Cgroup } from './cgroup.ts'
import { type Controller, enable, handDown } from './controllers.ts'
import type { FoundCgroup } from './own-cgroup.ts'

/** Longer names of folders are cut by a digest; the kernel takes 255 bytes. */
const longestName = 200

export class Places {
  readonly #found: FoundCgroup
  readonly #name: string

  /** `home` tells several Porticos in one cgroup apart. */
  constructor(home: string, found: FoundCgroup) {
    this.#found = found
    this.#name = `portico-${digest(home).slice(0, 8)}`
  }

  /** Why no groups can be made; undefined where they can. */
  get none(): string | undefined {
    return 'none' in this.#found ? this.#found.none : undefined
  }

  /** The group of all pools. Not made yet, perhaps. */
  get root(): Cgroup | undefined {
    return 'none' in this.#found ? undefined : this.#found.group.child(this.#name)
  }

  /** The group of a pool, whose name may be written in any case. */
  pool(name: string): Cgroup | undefined {
    return this.root?.child(groupName('pool', name.toLowerCase()))
  }

  /** Makes the group of a worker process; undefined where there is no place. Throws what is in the way. */
  makeWorker(pool: string, worker: string): Cgroup | undefined {
    this.root?.make()
    return this.pool(pool)?.make().child(groupName('worker', worker)).make()
  }

  /** Makes the group of a standby process; undefined where there is no place. Throws what is in the way. */
  makeStandby(standby: string): Cgroup | undefined {
    return this.root?.make().child('standby').make().child(groupName('worker', standby)).make()
  }

  /** Makes the group of a pool, in which the controller works; with `forWorkers`, in the groups below it. Throws why not. */
  poolWith(controller: Controller, name: string, { forWorkers }: { readonly forWorkers: boolean }): Cgroup {
    if ('none' in this.#found) throw new Error(this.#found.none)
    enable(controller, this.#found)
    const root = this.#found.group.child(this.#name).make()
    handDown(controller, root)
    const pool = root.child(groupName('pool', name.toLowerCase())).make()
    if (forWorkers) handDown(controller, pool)
    return pool
  }
}

/** The prefix keeps names apart from the files of the kernel. */
export function groupName(kind: 'pool' | 'worker', name: string): string {
  const written = encodeURIComponent(name)
  return `${kind}-${written.length > longestName ? digest(name) : written}`
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
