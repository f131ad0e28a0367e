/** `portico identity`: every SID of an account, a group, a process or a pool, and whether it may share ports. */
import { statSync } from 'node:fs'
import { systemClock } from '#base/clock.ts'
import { PorticoError } from '#base/errors.ts'
import { type Configuration, readConfiguration } from '#config/configuration.ts'
import { type AllowEntry, elementFor, written } from '#identity/access.ts'
import { remembered, systemAccounts } from '#identity/accounts.ts'
import type { Credentials } from '#identity/credentials.ts'
import { Identities, ownCredentials, type PoolIdentity } from '#identity/identities.ts'
import { PoolIds } from '#identity/pool-ids.ts'
import { nameOfSid, poolSid, type Sid } from '#identity/sid.ts'
import { type Subject, subjectsOf } from '#identity/subjects.ts'
import { pathsOf } from './home.ts'
import { identityRulesOf } from './identity-rules.ts'

export interface IdentityOptions {
  readonly config: string
  readonly home: string
  readonly json: boolean
}

export async function identityCommand(who: string, { config, home, json }: IdentityOptions): Promise<void> {
  const configuration = await readConfiguration(config)
  const around = offline(configuration, home)
  const subjects = subjectsOf(who, around)
  if (subjects.length === 0) throw new PorticoError('IDENTITY_NOT_FOUND', { who })
  const described = subjects.map((subject) => describe(subject, around))
  process.stdout.write(json ? `${JSON.stringify(described, null, 2)}\n` : described.map(text).join('\n'))
}

/** Identities as the `portico serve` of this home has them, from the files that it goes by. */
export function offline(configuration: Configuration, home: string) {
  const accounts = remembered(systemAccounts, systemClock)
  const poolIds = new PoolIds({ file: pathsOf(home).identities, accounts, mayGive: false })
  const identities = new Identities(identityRulesOf(configuration), { self: ownerOf(home), accounts, poolIds })
  const pools = Array.from(
    configuration.pools.values(),
    ({ name, processModel }): PoolIdentity => ({ ...processModel, name }),
  )
  return { identities, accounts, poolIds, pools }
}

/** Who runs the `portico serve` of a home: it belongs to that account. */
function ownerOf(home: string): Credentials {
  const owner = statSync(home, { throwIfNoEntry: false })
  const self = ownCredentials()
  return !owner || owner.uid === self.uid ? self : { uid: owner.uid, gid: owner.gid, groups: [] }
}

type Offline = ReturnType<typeof offline>

function poolOf(sid: Sid, pools: readonly PoolIdentity[]): string | undefined {
  const pool = pools.find(({ name }) => poolSid(name) === sid)
  return pool && `IIS APPPOOL\\${pool.name}`
}

interface Described {
  readonly kind: Subject['kind']
  readonly name: string
  readonly sids: readonly { readonly sid: Sid; readonly name: string | undefined }[]
  readonly note?: string
  /** Whether it may share ports. */
  readonly admitted: boolean
  /** The element that admits it, with where it stands; else the one that would, with where it belongs. */
  readonly element: string
  readonly origin: string
}

function describe({ kind, name, sids, note }: Subject, { identities, pools }: Offline): Described {
  const entry: AllowEntry | undefined = identities.admitting(sids)
  const { file, line } = identities.rules.accountsAt
  return {
    kind,
    name,
    sids: sids.map((sid) => ({ sid, name: nameOfSid(sid) ?? poolOf(sid, pools) })),
    ...(note !== undefined && { note }),
    admitted: entry !== undefined,
    element: entry ? written(entry) : elementFor(sids[0]),
    origin: entry ? entry.origin : `${file}:${line}`,
  }
}

function text({ kind, name, sids, note, admitted, element, origin }: Described): string {
  const where = origin === 'default' ? 'which is there by default' : `in ${origin}`
  return [
    `${kind} ${name}`,
    ...sids.map(({ sid, name: sidName }) => `  ${sid}${sidName === undefined ? '' : `  ${sidName}`}`),
    ...(note === undefined ? [] : [`  (${note})`]),
    admitted
      ? `  may share ports: admitted by ${element}, ${where}`
      : `  may NOT share ports; this would admit it: ${element} in allowAccounts of net.tcp, ${origin}`,
    '',
  ].join('\n')
}
