/** `portico identity`: every SID of an account, a group, a process or a pool, and whether it may share ports. */
import { PorticoError } from '#base/errors.ts'
import { readConfiguration } from '#config/configuration.ts'
import { type AllowEntry, elementFor, written } from '#identity/access.ts'
import type { PoolIdentity } from '#identity/identities.ts'
import { nameOfSid, poolSid, type Sid } from '#identity/sid.ts'
import { type Subject, subjectsOf } from '#identity/subjects.ts'
import { type OfflineIdentities, offlineIdentities } from './offline-identities.ts'

export interface IdentityOptions {
  readonly config: string
  readonly home: string
  readonly json: boolean
}

export async function identityCommand(who: string, { config, home, json }: IdentityOptions): Promise<void> {
  const configuration = await readConfiguration(config)
  const around = offlineIdentities(configuration, home)
  const subjects = subjectsOf(who, around)
  if (subjects.length === 0) throw new PorticoError('IDENTITY_NOT_FOUND', { who })
  const described = subjects.map((subject) => describe(subject, around))
  process.stdout.write(json ? `${JSON.stringify(described, null, 2)}\n` : described.map(text).join('\n'))
}

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

function describe({ kind, name, sids, note }: Subject, { identities, pools }: OfflineIdentities): Described {
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
