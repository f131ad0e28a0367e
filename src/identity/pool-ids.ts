/** The numeric users that pools have to themselves: chosen once, kept in Portico's home, never given to another. */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import type { Accounts } from './accounts.ts'
import { processCredentials } from './process-credentials.ts'
import { subordinateOwner } from './subordinate-ids.ts'

/** The first and the last id that may be given. */
export interface IdRange {
  readonly first: number
  readonly last: number
}

/** Who has an id: a pool, or an account that several pools have in common. Pools can't have a `\` in their names. */
export type Holder =
  | `IIS APPPOOL\\${string}`
  | 'BUILTIN\\IIS_IUSRS'
  | `NT AUTHORITY\\${'LocalService' | 'NetworkService'}`

/** The holder that a pool of this name is; names of pools compare ignoring case. */
export const holderOf = (pool: string): Holder => `IIS APPPOOL\\${pool.toLowerCase()}`

export interface PoolIdOptions {
  /** Where the ids are kept. */
  readonly file: string
  readonly accounts: Accounts
  /** Whether ids may be given; otherwise only those that were given are known. */
  readonly mayGive: boolean
}

const heading = 'Numeric users of application pools. Keep this file: files and folders belong to these numbers.'

export class PoolIds {
  readonly #options: PoolIdOptions
  #ids = new Map<string, number>()
  #holders = new Map<number, string>()
  /** What the file was when it was read last; undefined before that. */
  #read: string | undefined

  constructor(options: PoolIdOptions) {
    this.#options = options
  }

  get file(): string {
    return this.#options.file
  }

  /**
   * The id of `holder`, which it gets now if it has none yet. Throws IDENTITY_OVERLAPS when somebody else has that id by
   * now, IDENTITY_RANGE_USED_UP, IDENTITIES_UNREADABLE, IDENTITIES_NOT_KEPT.
   */
  idOf(holder: Holder, range: IdRange): number {
    const known = this.find(holder)
    if (known === undefined) return this.#give(holder, range)
    const other = this.otherOwner(known)
    if (other !== undefined) {
      const { file } = this.#options
      throw new PorticoError('IDENTITY_OVERLAPS', { holder, id: known, other, file })
    }
    return known
  }

  /** The id that the holder has been given, if any. Throws IDENTITIES_UNREADABLE. */
  find(holder: Holder): number | undefined {
    this.#load()
    return this.#ids.get(holder)
  }

  /** Whose id it is. Throws IDENTITIES_UNREADABLE. */
  holder(id: number): string | undefined {
    this.#load()
    return this.#holders.get(id)
  }

  /** All that have been given. Throws IDENTITIES_UNREADABLE. */
  get all(): ReadonlyMap<string, number> {
    this.#load()
    return this.#ids
  }

  #give(holder: Holder, { first, last }: IdRange): number {
    const { file, mayGive } = this.#options
    if (!mayGive) throw new PorticoError('IDENTITY_NOT_GIVEN', { holder, file })
    const size = last - first + 1
    // Another Portico of this machine begins elsewhere in the range, because its file is another.
    const begin = createHash('sha1').update(`${file}\n${holder}`).digest().readUInt32LE() % size
    const running = idsOfProcesses()
    for (let step = 0; step < size; step++) {
      const id = first + ((begin + step) % size)
      if (this.#holders.has(id) || running.has(id) || this.otherOwner(id) !== undefined) continue
      this.#keep(new Map([...this.#ids, [holder, id]]))
      return id
    }
    throw new PorticoError('IDENTITY_RANGE_USED_UP', { holder, first, last, file })
  }

  /** Who else on this machine has the id, in words; undefined when nobody has. */
  otherOwner(id: number): string | undefined {
    const { accounts } = this.#options
    const user = accounts.userById(id)
    if (user) return `the user ${user.name}`
    const group = accounts.groupById(id)
    if (group) return `the group ${group.name}`
    const owner = subordinateOwner(id)
    return owner && `the subordinate ids of ${owner}`
  }

  #load(): void {
    const { file } = this.#options
    const now = fingerprint(file)
    if (now === this.#read) return
    let ids: Map<string, number>
    try {
      ids = now === 'missing' ? new Map() : parse(readFileSync(file, 'utf8'))
    } catch (error) {
      throw new PorticoError('IDENTITIES_UNREADABLE', { file, reason: sentenceOf(error) }, { cause: error })
    }
    this.#take(ids, now)
  }

  /** Written beside and renamed, so that a full disk or a crash leaves the last good file. */
  #keep(ids: Map<string, number>): void {
    const { file } = this
    const next = `${file}.new`
    const text = `${JSON.stringify({ about: heading, ids: Object.fromEntries(ids) }, null, 2)}\n`
    try {
      const written = openSync(next, 'w', 0o644)
      try {
        writeFileSync(written, text)
        fsyncSync(written)
      } finally {
        closeSync(written)
      }
      renameSync(next, file)
    } catch (error) {
      throw new PorticoError('IDENTITIES_NOT_KEPT', { file, reason: sentenceOf(error) }, { cause: error })
    }
    this.#take(ids, fingerprint(file))
  }

  #take(ids: Map<string, number>, read: string): void {
    this.#ids = ids
    this.#holders = new Map(Array.from(ids, ([holder, id]) => [id, holder]))
    this.#read = read
  }
}

function fingerprint(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 'missing'
    return `unreadable ${systemCodeOf(error)}`
  }
}

/** The ids by their holders. Throws what is wrong; an id that stands there twice would make two pools one account. */
function parse(text: string): Map<string, number> {
  const json: unknown = JSON.parse(text)
  if (typeof json !== 'object' || json === null || !('ids' in json)) throw new Error('it has no "ids"')
  const ids = new Map<string, number>()
  const seen = new Map<number, string>()
  for (const [holder, id] of Object.entries(json.ids ?? {})) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 1)
      throw new Error(`the id of ${holder} is no number from 1 up`)
    const other = seen.get(id)
    if (other !== undefined) throw new Error(`${other} and ${holder} have the same id ${id}`)
    seen.set(id, holder)
    ids.set(holder, id)
  }
  return ids
}

/** The ids that processes run under now: whoever started them relies on having them alone. */
function idsOfProcesses(): ReadonlySet<number> {
  const ids = new Set<number>()
  for (const name of readdirSync('/proc')) {
    const credentials = /^\d+$/.test(name) ? processCredentials(Number(name)) : undefined
    if (!credentials) continue
    for (const id of [credentials.uid, credentials.gid, ...credentials.groups]) ids.add(id)
  }
  return ids
}
