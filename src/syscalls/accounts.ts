/**
 * The system's databases of users and groups, asked through the C library, so that a directory service answers as well.
 * A call returns when the database has answered, and a directory may take its time: ask when something is set up, not
 * for every connection. Sources: getpwnam(3), getgrnam(3), getgrouplist(3).
 */
import { declare, errno, pointerAt, SystemCallError, textAt } from './libc.ts'

/** A user of the machine. */
export interface UserEntry {
  readonly name: string
  readonly uid: number
  /** The primary group. */
  readonly gid: number
  readonly home: string
  readonly shell: string
}

/** A group of the machine; the users whose primary group it is are not among its members. */
export interface GroupEntry {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

const tooSmall = 34 // ERANGE
const outOfMemory = 12 // ENOMEM
const notFound = [0, 1, 2, 3, 9] // nothing, EPERM, ENOENT, ESRCH, EBADF: what systems say when there is no such entry
const greatestName = 1024 // with the domain of a directory; Linux itself ends at 256

// The call writes the entry, and the address of it when it has found one. The texts stand in memory that has to stay
// where it is until they are read; what has grown stays. The calls are synchronous, so they can't overlap.
const greatestTexts = 16 * 1024 * 1024
let texts = new Uint8Array(4096)
const memory = new ArrayBuffer(64)
const fields = new DataView(memory)
const entry = new Uint8Array(memory, 0, 48)
const result = new Uint8Array(memory, 56, 8)
const addressAt = (offset: number): bigint => fields.getBigUint64(offset, true)

/** The last 32-bit number stands for "no id" in system calls. C would make another number of any that doesn't fit. */
const isId = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < 0xffff_ffff
/** C would end a name at its first NUL, and so find another one; a database may end the process over one without bounds. */
const isName = (name: string): boolean =>
  name !== '' && name.length <= greatestName && !name.includes('\0') && name.isWellFormed()

/** A look-up in a database: whether `entry` is the one that was asked for. */
function lookUp<Key extends string | number>(name: string, parameter: string): (key: Key) => boolean {
  const call = declare<[key: Key, entry: Uint8Array, texts: Uint8Array, size: number, result: Uint8Array]>(
    `int ${name}(${parameter}, void *entry, void *texts, size_t size, void *result)`,
  )
  return (key) => {
    if (typeof key === 'string' ? !isName(key) : !isId(key)) return false
    for (;;) {
      const code = call(key, entry, texts, texts.byteLength, result)
      if (code === 0 && addressAt(56) !== 0n) return true
      if (notFound.includes(code)) return false
      if (code !== tooSmall || texts.byteLength >= greatestTexts) throw new SystemCallError(name, code)
      texts = new Uint8Array(texts.byteLength * 4)
    }
  }
}

const findUserByName = lookUp<string>('getpwnam_r', 'const char *name')
const findUserById = lookUp<number>('getpwuid_r', 'uint32_t uid')
const findGroupByName = lookUp<string>('getgrnam_r', 'const char *name')
const findGroupById = lookUp<number>('getgrgid_r', 'uint32_t gid')

export const userByName = (name: string): UserEntry | undefined => (findUserByName(name) ? user() : undefined)
export const userById = (uid: number): UserEntry | undefined => (findUserById(uid) ? user() : undefined)
export const groupByName = (name: string): GroupEntry | undefined => (findGroupByName(name) ? group() : undefined)
export const groupById = (gid: number): GroupEntry | undefined => (findGroupById(gid) ? group() : undefined)

/** Reads a struct passwd: name, password, uid, gid, comment, home, shell. */
function user(): UserEntry {
  return {
    name: textAt(addressAt(0)),
    uid: fields.getUint32(16, true),
    gid: fields.getUint32(20, true),
    home: textAt(addressAt(32)),
    shell: textAt(addressAt(40)),
  }
}

/** Reads a struct group: name, password, gid, and a list of members that a NULL ends. */
function group(): GroupEntry {
  const members: string[] = []
  for (let at = addressAt(24); at !== 0n; at += 8n) {
    const member = pointerAt(at)
    if (member === 0n) break
    members.push(textAt(member))
  }
  return { name: textAt(addressAt(0)), gid: fields.getUint32(16, true), members }
}

const getgrouplist = declare<[user: string, gid: number, groups: Uint8Array, count: Uint8Array]>(
  'int getgrouplist(const char *user, uint32_t gid, void *groups, void *count)',
)
const greatestGroups = 65_536 // NGROUPS_MAX: a process can't be in more

/** The groups in which a process of this user is: `gid`, and those that have it as a member. Nobody's are `gid` alone. */
export function groupsOf(user: string, gid: number): readonly number[] {
  if (!isId(gid)) throw new RangeError(`${gid} is not the id of a group`)
  if (!isName(user)) return [gid]
  for (let room = 64; ; ) {
    const groups = new Uint32Array(room)
    const count = Uint32Array.of(room)
    const found = getgrouplist(user, gid, new Uint8Array(groups.buffer), new Uint8Array(count.buffer))
    if (found >= 0) return [...groups.subarray(0, found)]
    const [needed = 0] = count
    if (needed <= room) throw new SystemCallError('getgrouplist', errno() || outOfMemory)
    if (needed > greatestGroups) throw new SystemCallError('getgrouplist', tooSmall)
    room = needed
  }
}
