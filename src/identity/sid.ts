/** SIDs, the Windows form of identities, as values: reading them, computing them, and the names of the well-known ones. */
import { createHash } from 'node:crypto'

declare const canonical: unique symbol
/** A SID in the one spelling that Windows prints, so that `===` compares identities. */
export type Sid = string & { readonly [canonical]: true }

const shape = /^[Ss]-1-(?:0[xX](?<hex>[\dA-Fa-f]{1,12})|(?<decimal>\d+))(?<rest>(?:-\d+){1,15})$/
const greatest = 0xffff_ffff

/** Reads a SID of revision 1. Authorities from 2^32 on are written in hex, and no others. Source: [MS-DTYP] 2.4.2.1. */
export function parseSid(text: string): Sid | undefined {
  const { hex, decimal, rest = '' } = shape.exec(text)?.groups ?? {}
  const authority = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const parts = rest.split('-').slice(1).map(Number)
  // Without a match the authority is not a number, and not comparable.
  if (!(hex === undefined ? authority <= greatest : authority > greatest)) return undefined
  if (parts.some((part) => part > greatest)) return undefined
  const printed = hex === undefined ? authority : `0x${authority.toString(16).padStart(12, '0')}`
  return `S-1-${printed}-${parts.join('-')}` as Sid
}

/** Samba's SID of a Unix user. */
export const userSid = (uid: number): Sid => unixSid('1', uid)
/** Samba's SID of a Unix group. */
export const groupSid = (gid: number): Sid => unixSid('2', gid)

/** The last 32-bit number stands for "no id" in system calls: nobody has it. */
const isUnixId = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < greatest

function unixSid(kind: '1' | '2', id: number): Sid {
  if (!isUnixId(id)) throw new RangeError(`${id} is not the id of a Unix user or group`)
  return `S-1-22-${kind}-${id}` as Sid
}

/** A user or a group of the machine. */
export interface UnixId {
  readonly kind: 'user' | 'group'
  readonly id: number
}

/** The Unix user or group that a SID names by Samba's convention. */
export function unixIdOf(sid: Sid): UnixId | undefined {
  const { kind, digits } = /^S-1-22-(?<kind>[12])-(?<digits>\d+)$/.exec(sid)?.groups ?? {}
  if (digits === undefined || !isUnixId(Number(digits))) return undefined
  return { kind: kind === '1' ? 'user' : 'group', id: Number(digits) }
}

/** The identity of an application pool's worker processes, `IIS APPPOOL\<name>`. */
export const poolSid = (name: string): Sid => hashed('S-1-5-82', lowered(name))
/** The identity of a Windows service, `NT SERVICE\<name>`. */
export const serviceSid = (name: string): Sid =>
  hashed(
    'S-1-5-80',
    folded(name, (unit) => unit.toUpperCase()),
  )

function hashed(parent: string, name: string): Sid {
  const digest = createHash('sha1').update(Buffer.from(name, 'utf16le')).digest()
  const parts = Array.from({ length: 5 }, (_, index) => digest.readUInt32LE(index * 4))
  return `${parent}-${parts.join('-')}` as Sid
}

/** Windows folds unit by unit; whole texts would make `SS` of `ß`. Nothing from outside ASCII becomes an ASCII letter. */
function folded(name: string, fold: (unit: string) => string): string {
  const units = name.split('').map((unit) => {
    const other = fold(unit)
    return other.length === 1 && (other > '\x7f' || unit <= '\x7f') ? other : unit
  })
  return units.join('')
}

const lowered = (name: string): string => folded(name, (unit) => unit.toLowerCase())

interface WellKnown {
  readonly sid: Sid
  readonly name: string
  /** What administrators type, besides; each of them with and without the authority. */
  readonly spellings: readonly string[]
  readonly authority?: string
}

const known = (sid: string, name: string, authority?: string, ...spellings: string[]): WellKnown =>
  Object.freeze({ sid: sid as Sid, name, spellings, ...(authority && { authority }) })

/** The identities that are the same on every machine. */
export const wellKnown = Object.freeze({
  everyone: known('S-1-1-0', 'Everyone'),
  network: known('S-1-5-2', 'NETWORK', 'NT AUTHORITY'),
  service: known('S-1-5-6', 'SERVICE', 'NT AUTHORITY'),
  authenticatedUsers: known('S-1-5-11', 'Authenticated Users', 'NT AUTHORITY'),
  localSystem: known('S-1-5-18', 'LocalSystem', 'NT AUTHORITY', 'SYSTEM', 'Local System'),
  localService: known('S-1-5-19', 'LocalService', 'NT AUTHORITY', 'LOCAL SERVICE'),
  networkService: known('S-1-5-20', 'NetworkService', 'NT AUTHORITY', 'NETWORK SERVICE'),
  administrators: known('S-1-5-32-544', 'BUILTIN\\Administrators', 'BUILTIN', 'Administrators'),
  users: known('S-1-5-32-545', 'BUILTIN\\Users', 'BUILTIN', 'Users'),
  iisUsers: known('S-1-5-32-568', 'BUILTIN\\IIS_IUSRS', 'BUILTIN', 'IIS_IUSRS'),
  allServices: known('S-1-5-80-0', 'NT SERVICE\\ALL SERVICES', 'NT SERVICE', 'ALL SERVICES'),
})

/** The SIDs of the well-known identities, as `sids.localSystem`. */
export const sids = Object.freeze(
  Object.fromEntries(Object.entries(wellKnown).map(([key, { sid }]) => [key, sid])),
) as { readonly [Key in keyof typeof wellKnown]: Sid }

const bySid = new Map<Sid, string>()
const byName = new Map<string, Sid>()
for (const { sid, name, authority, spellings } of Object.values(wellKnown)) {
  bySid.set(sid, name)
  for (const spelling of [name, ...spellings]) {
    byName.set(lowered(spelling), sid)
    if (authority && !spelling.includes('\\')) byName.set(lowered(`${authority}\\${spelling}`), sid)
  }
}

/** The name of a well-known SID or of a Unix user or group. A computed SID doesn't tell of which name it is. */
export function nameOfSid(sid: Sid): string | undefined {
  const unix = unixIdOf(sid)
  return unix ? `Unix ${unix.kind} ${unix.id}` : bySid.get(sid)
}

const computed = new Map([
  ['iis apppool', poolSid],
  ['nt service', serviceSid],
])

/**
 * The SID of a Windows name in any case: well-known ones, `IIS APPPOOL\<pool>` and `NT SERVICE\<service>`, whether or
 * not there is such a pool or service. Names of the machine's own accounts are not looked up.
 */
export function sidOfName(name: string): Sid | undefined {
  const [, authority = '', rest = ''] = /^([^\\]*)\\(.+)$/s.exec(name) ?? []
  return byName.get(lowered(name)) ?? computed.get(lowered(authority))?.(rest)
}
