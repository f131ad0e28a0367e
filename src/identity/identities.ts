/** Identities by the configuration in force: as whom a pool runs, and whether a process may share ports. */
import { isPorticoError, PorticoError } from '#base/errors.ts'
import { type AllowEntry, admitting, elementFor } from './access.ts'
import type { Accounts } from './accounts.ts'
import type { Credentials } from './credentials.ts'
import { type Holder, holderOf, type IdRange, type PoolIds } from './pool-ids.ts'
import { administratorGids, type Roles, sidsOf } from './process-sids.ts'
import { poolSid, type Sid, sids, userSid } from './sid.ts'

/** What the configuration says of identities. */
export interface IdentityRules {
  readonly allowAccounts: readonly AllowEntry[]
  /** Where another entry would be added. */
  readonly accountsAt: { readonly file: string; readonly line: number }
  readonly poolIdentities: IdRange
  /** Names of Unix users; empty for numeric users of Portico's own. */
  readonly localServiceAccount: string
  readonly networkServiceAccount: string
  readonly sharingStartMode: 'automatic' | 'demand' | 'disabled'
  /** The file with the section `<portico>`. */
  readonly hostFile: string
}

/** What a pool's configuration says of its identity. */
export interface PoolIdentity {
  readonly name: string
  readonly identityType: 'LocalSystem' | 'LocalService' | 'NetworkService' | 'SpecificUser' | 'ApplicationPoolIdentity'
  readonly userName: string
  readonly manualGroupMembership: boolean
}

/** The account that the worker processes of a pool run as. */
export interface RunAs extends Credentials {
  /** As an administrator knows it: `root`, `alice`, `IIS APPPOOL\Orders`. */
  readonly account: string
  /** Of an account in the system's databases; others have neither. */
  readonly home: string | undefined
  readonly shell: string | undefined
  /** The SID that admits it and nobody else. */
  readonly sid: Sid
  readonly sids: readonly Sid[]
}

/** What identities depend on besides the configuration. */
export interface IdentitySurroundings {
  /** The account of `portico serve`. */
  readonly self: Credentials
  readonly accounts: Accounts
  readonly poolIds: PoolIds
}

export class Identities {
  readonly #around: IdentitySurroundings
  #rules: IdentityRules

  constructor(rules: IdentityRules, around: IdentitySurroundings) {
    this.#rules = rules
    this.#around = around
  }

  get rules(): IdentityRules {
    return this.#rules
  }

  /** Puts other rules in force, for all that is asked from now on. */
  configure(rules: IdentityRules): void {
    this.#rules = rules
  }

  /**
   * The account for the worker processes of the pool. Throws why there can't be any: the account can't be had
   * (IDENTITY_UNKNOWN, IDENTITY_NEEDS_ROOT, what PoolIds throws), or may not share ports (POOL_NOT_ADMITTED,
   * SHARING_DISABLED).
   */
  accountOf(pool: PoolIdentity): RunAs {
    this.assertEnabled(`application pool ${pool.name}`)
    const runAs = this.runAs(pool)
    if (!this.admitting(runAs.sids)) throw this.notAdmitted(pool, runAs.account, [runAs.sid, ...runAs.sids])
    return runAs
  }

  /** The error that says so; the first of its SIDs is the one that an administrator would admit. */
  notAdmitted({ name: pool }: PoolIdentity, account: string, held: readonly [Sid, ...Sid[]]): PorticoError {
    const { file, line } = this.#rules.accountsAt
    const args = { pool, account, sids: [...new Set(held)], element: elementFor(held[0]), file, line }
    return new PorticoError('POOL_NOT_ADMITTED', args)
  }

  /** The same without asking whether it may share ports. */
  runAs(pool: PoolIdentity): RunAs {
    const found = this.#found(pool)
    const own = poolSid(pool.name)
    const asPool = pool.manualGroupMembership ? [own] : [own, sids.iisUsers]
    const ofAccount = this.sidsOf(found).filter((sid) => this.#isRoot || sid !== sids.iisUsers)
    return {
      ...found,
      sid: pool.identityType === 'ApplicationPoolIdentity' ? own : userSid(found.uid),
      // The kernel knows the account; that a process of it belongs to this pool, only who launched it knows.
      sids: [...new Set([...ofAccount, ...asPool])],
    }
  }

  /** All SIDs of a process with these ids. */
  sidsOf(credentials: Credentials): readonly Sid[] {
    return sidsOf(credentials, this.#roles())
  }

  /** The entry of allowAccounts that admits a process with these SIDs. */
  admitting(held: readonly Sid[]): AllowEntry | undefined {
    return admitting(this.#rules.allowAccounts, held, this.#around.accounts)
  }

  /** Throws SHARING_DISABLED when ports aren't shared at all; `who` is who wants to. */
  assertEnabled(who: string): void {
    const { sharingStartMode, hostFile: file } = this.#rules
    if (sharingStartMode === 'disabled') throw new PorticoError('SHARING_DISABLED', { who, file })
  }

  /**
   * Whether a process that Portico did not start may share ports. Throws SHARING_DISABLED, or PEER_NOT_ADMITTED with what
   * would admit it. `wants` is what it asked for.
   */
  assertPeer(peer: Credentials & { readonly pid: number }, wants: string): void {
    const account = this.nameOf(peer.uid)
    this.assertEnabled(`process ${peer.pid} of ${account}`)
    const held = this.sidsOf(peer)
    if (this.admitting(held)) return
    const { file, line } = this.#rules.accountsAt
    const element = elementFor(userSid(peer.uid))
    throw new PorticoError('PEER_NOT_ADMITTED', { pid: peer.pid, account, wants, sids: [...held], element, file, line })
  }

  /** A user as a sentence has it: `alice (uid 1000)`. */
  nameOf(uid: number): string {
    const { accounts, poolIds } = this.#around
    const name = accounts.userById(uid)?.name ?? quietly(() => poolIds.holder(uid))
    return name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`
  }

  #found(pool: PoolIdentity): Omit<RunAs, 'sid' | 'sids'> {
    const { localServiceAccount, networkServiceAccount } = this.#rules
    switch (pool.identityType) {
      case 'ApplicationPoolIdentity':
        // An ordinary user has one account for everything; the shipped configuration is to work for it as it is.
        return this.#isRoot ? this.#numeric(pool, holderOf(pool.name), `IIS APPPOOL\\${pool.name}`) : this.#own()
      case 'LocalSystem':
        return this.#user(pool, this.#around.accounts.userById(0)?.name ?? 'root')
      case 'LocalService':
        return this.#service(pool, localServiceAccount, 'NT AUTHORITY\\LocalService')
      case 'NetworkService':
        return this.#service(pool, networkServiceAccount, 'NT AUTHORITY\\NetworkService')
      case 'SpecificUser':
        return this.#user(pool, pool.userName)
      default:
        return pool.identityType satisfies never
    }
  }

  #service(pool: PoolIdentity, account: string, holder: Holder): Omit<RunAs, 'sid' | 'sids'> {
    return account === '' ? this.#numeric(pool, holder, holder) : this.#user(pool, account)
  }

  #numeric(pool: PoolIdentity, holder: Holder, account: string): Omit<RunAs, 'sid' | 'sids'> {
    if (!this.#isRoot) throw this.#needsRoot(pool, account)
    const id = this.#around.poolIds.idOf(holder, this.#rules.poolIdentities)
    return { account, uid: id, gid: id, groups: this.#poolGroups(pool), home: undefined, shell: undefined }
  }

  #user(pool: PoolIdentity, name: string): Omit<RunAs, 'sid' | 'sids'> {
    const { accounts, self } = this.#around
    const user = accounts.userByName(name)
    if (!user) throw new PorticoError('IDENTITY_UNKNOWN', { pool: pool.name, account: name })
    if (user.uid === self.uid && !this.#isRoot) return this.#own()
    if (!this.#isRoot) throw this.#needsRoot(pool, name)
    const { uid, gid, home, shell } = user
    const groups = [...new Set([...accounts.groupsOf(user.name, gid), ...this.#poolGroups(pool)])]
    return { account: user.name, uid, gid, groups, home, shell }
  }

  /** Everything as the account of `portico serve`, with the groups that it has. */
  #own(): Omit<RunAs, 'sid' | 'sids'> {
    const { self, accounts } = this.#around
    const user = accounts.userById(self.uid)
    return { ...self, account: user?.name ?? `uid ${self.uid}`, home: user?.home, shell: user?.shell }
  }

  #poolGroups(pool: PoolIdentity): readonly number[] {
    if (pool.manualGroupMembership) return []
    try {
      return [this.#around.poolIds.idOf('BUILTIN\\IIS_IUSRS', this.#rules.poolIdentities)]
    } catch (error) {
      if (isPorticoError(error, 'IDENTITY_NOT_GIVEN')) return [] // whoever only looks sees what there is
      throw error
    }
  }

  #needsRoot({ name: pool, identityType }: PoolIdentity, account: string): PorticoError {
    const self = this.nameOf(this.#around.self.uid)
    return new PorticoError('IDENTITY_NEEDS_ROOT', { pool, identityType, account, self })
  }

  get #isRoot(): boolean {
    return this.#around.self.uid === 0
  }

  #roles(): Roles {
    const { accounts, poolIds } = this.#around
    const { localServiceAccount, networkServiceAccount } = this.#rules
    const idOf = (holder: Holder) => quietly(() => poolIds.find(holder))
    const service = (account: string, holder: Holder) =>
      account === '' ? idOf(holder) : accounts.userByName(account)?.uid
    return {
      localService: service(localServiceAccount, 'NT AUTHORITY\\LocalService'),
      networkService: service(networkServiceAccount, 'NT AUTHORITY\\NetworkService'),
      poolsGroup: idOf('BUILTIN\\IIS_IUSRS'),
      poolsAccount: this.#isRoot ? undefined : this.#around.self.uid,
      administrators: administratorGids(accounts),
      poolOf: (uid) => quietly(() => poolIds.holder(uid))?.match(/^IIS APPPOOL\\(.*)$/)?.[1],
    }
  }
}

/** Ids that can't be read are nobody's: a pool that needs one says what is wrong with the file. */
function quietly<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

/** The account of this process. */
export function ownCredentials(): Credentials {
  const { geteuid, getegid, getgroups } = process
  return { uid: geteuid?.() ?? 0, gid: getegid?.() ?? 0, groups: getgroups?.() ?? [] }
}
