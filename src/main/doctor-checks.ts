/** What `portico doctor` looks at: each check finds what is wrong, with what to do about it. */
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Code } from '#base/catalogue.ts'
import { isPorticoError, PorticoError } from '#base/errors.ts'
import type { Configuration } from '#config/configuration.ts'
import { type AllowEntry, sidOfAccount, written } from '#identity/access.ts'
import type { Accounts } from '#identity/accounts.ts'
import type { Credentials } from '#identity/credentials.ts'
import type { Identities, PoolIdentity } from '#identity/identities.ts'
import type { PoolIds } from '#identity/pool-ids.ts'
import { parseSid, unixIdOf } from '#identity/sid.ts'
import { subjectsOf } from '#identity/subjects.ts'
import { writableByOthers } from '#identity/writable-by-others.ts'
import type { Application } from '#registry/application.ts'
import { accountText } from './account-text.js'
import { limitsThatAreNotInForce } from './doctor-limits.ts'
import { pathsOf } from './home.ts'

export interface Finding {
  /** A problem keeps something from working or from being safe; a hint doesn't. */
  readonly is: 'problem' | 'hint'
  readonly what: string
  readonly remedy: string
  readonly code?: Code
}

/** What the checks look at. */
export interface Patient {
  readonly configuration: Configuration
  readonly identities: Identities
  readonly accounts: Accounts
  readonly poolIds: PoolIds
  readonly pools: readonly PoolIdentity[]
  readonly applications: readonly Application[]
  readonly home: string
  /** Whether its `portico serve` runs as root. */
  readonly isRoot: boolean
}

export const checks: readonly ((patient: Patient) => Finding[] | Promise<Finding[]>)[] = [
  poolsThatCannotStart,
  entriesThatMeanNobody,
  idsThatOverlap,
  passwordsInFiles,
  foldersThatPoolsCannotRead,
  rootPoolsThatOthersCanChange,
  filesOfPorticoThatOthersCanChange,
  limitsThatAreNotInForce,
]

function ofError(error: PorticoError): Finding {
  return { is: 'problem', what: error.message, remedy: error.remedy, code: error.code }
}

/** The account is unknown, needs root, overlaps, or isn't admitted. */
function poolsThatCannotStart({ identities, accounts, pools }: Patient): Finding[] {
  return pools.flatMap((pool) => {
    try {
      identities.accountOf(pool)
      return []
    } catch (error) {
      if (!(error instanceof PorticoError)) throw error
      if (!isPorticoError(error, 'IDENTITY_NOT_GIVEN')) return [ofError(error)]
      const subject = subjectsOf(pool.name, { identities, accounts, pools }).find(({ kind }) => kind === 'pool')
      if (!subject || identities.admitting(subject.sids)) return []
      return [ofError(identities.notAdmitted(pool, `IIS APPPOOL\\${pool.name}`, subject.sids))]
    }
  })
}

function entriesThatMeanNobody({ configuration, accounts }: Patient): Finding[] {
  return configuration.sharing.allowAccounts.flatMap((entry) => {
    if (isSomebody(entry, accounts)) return []
    const what = `${written(entry)} in ${entry.origin} admits nobody: this machine has no such account`
    return [
      { is: 'hint' as const, what, remedy: 'Correct it or remove it; an account that is made later is admitted then.' },
    ]
  })
}

/** Whether the entry names anybody; of SIDs only those of Unix users and groups can be looked up. */
function isSomebody(entry: AllowEntry, accounts: Accounts): boolean {
  if ('account' in entry) return sidOfAccount(entry.account, accounts) !== undefined
  const sid = parseSid(entry.sid)
  const unix = sid && unixIdOf(sid)
  if (!unix) return true
  return (unix.kind === 'user' ? accounts.userById(unix.id) : accounts.groupById(unix.id)) !== undefined
}

function idsThatOverlap({ poolIds }: Patient): Finding[] {
  try {
    return Array.from(poolIds.all, ([holder, id]) => ({ holder, id, other: poolIds.otherOwner(id) }))
      .filter(({ other }) => other !== undefined)
      .map(({ holder, id, other = '' }) =>
        ofError(new PorticoError('IDENTITY_OVERLAPS', { holder, id, other, file: poolIds.file })),
      )
  } catch (error) {
    if (error instanceof PorticoError) return [ofError(error)]
    throw error
  }
}

function passwordsInFiles({ configuration }: Patient): Finding[] {
  return configuration.notices
    .filter(({ attribute }) => attribute === 'password')
    .map(({ file, line }) => ({
      is: 'hint' as const,
      what: `a password stands in ${file}:${line}, and Portico needs none to run a process as another account`,
      remedy: 'Remove the attribute, and change the password if others could read the file.',
    }))
}

async function foldersThatPoolsCannotRead(patient: Patient): Promise<Finding[]> {
  const { applications, pools, home } = patient
  const installation = join(import.meta.dirname, '..')
  const found = pools.map(async (pool): Promise<Finding[]> => {
    const account = accountForLooking(pool, patient)
    if (!account) return []
    const own = applications.filter((application) => application.pool === pool.name)
    const { sharingSocket } = pathsOf(home)
    const folders = own.map(({ folder }) => folder)
    const [ofPortico = [], ofSocket = [], ...ofApplications] = await unreadable(account, [
      installation,
      sharingSocket,
      ...folders,
    ])
    const closed = (what: string) => (path: string) => closedFor(pool, account, what, path)
    return [
      ...ofPortico.map(closed(`Portico itself in ${dirname(installation)}`)),
      ...ofSocket.map(closed(`the sharing socket ${sharingSocket}`)),
      ...ofApplications.flatMap((paths, at) => paths.map(closed(`application ${own[at]?.path ?? ''}`))),
    ]
  })
  return (await Promise.all(found)).flat()
}

function closedFor({ name }: PoolIdentity, { uid }: Credentials, what: string, path: string): Finding {
  return {
    is: 'problem',
    what: `application pool ${name} (uid ${uid}) can't get to ${what}: ${path} is closed to it`,
    remedy: `Let it in, for example: chmod o+rX ${path}, or setfacl -m u:${uid}:rX ${path} for this account alone.`,
  }
}

/** The account of a pool, or a stranger's for one that has none yet; undefined when it can't have any. */
function accountForLooking(pool: PoolIdentity, { identities, isRoot }: Patient): Credentials | undefined {
  try {
    return identities.runAs(pool)
  } catch (error) {
    const { last } = identities.rules.poolIdentities
    return isRoot && isPorticoError(error, 'IDENTITY_NOT_GIVEN') ? { uid: last, gid: last, groups: [] } : undefined
  }
}

const look = join(import.meta.dirname, 'look-entry.js')

/** What of each path the account can't read. */
async function unreadable(account: Credentials, paths: readonly string[]): Promise<string[][]> {
  const args = [look, accountText(account), ...paths]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: '/',
    env: {},
    maxBuffer: 16 * 1024 * 1024,
  })
  return JSON.parse(stdout) as string[][]
}

async function rootPoolsThatOthersCanChange({ identities, pools, applications }: Patient): Promise<Finding[]> {
  const ofRoot = pools.filter((pool) => {
    try {
      return identities.runAs(pool).uid === 0
    } catch {
      return false // another check says why
    }
  })
  const names = new Set(ofRoot.map(({ name }) => name))
  const looks = applications
    .filter(({ pool }) => names.has(pool))
    .map(async ({ path: app, pool, folder }): Promise<Finding[]> => {
      const found = await writableByOthers(folder)
      return found.length === 0 ? [] : [ofError(new PorticoError('ROOT_POOL_NOT_SAFE', { app, pool, found }))]
    })
  return (await Promise.all(looks)).flat()
}

/** Whoever can write these decides what root does. */
async function filesOfPorticoThatOthersCanChange({ configuration, home, isRoot }: Patient): Promise<Finding[]> {
  if (!isRoot) return []
  const found = await Promise.all([...configuration.files, join(import.meta.dirname, '..')].map(writableByOthers))
  const ofHome = (await writableByOthers(join(home, 'lock'))).filter((each) => !each.startsWith(join(home, 'lock')))
  return [...new Set([...found.flat(), ...ofHome])].map((each) => ({
    is: 'problem',
    what: `portico serve runs as root, and others may change what it goes by: ${each}`,
    remedy: 'Give it to root and take the right to write from others: chown root:root, chmod go-w.',
  }))
}
