import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { groupById, groupByName, groupsOf, userById, userByName } from '#syscalls/accounts.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const unassigned = 3_987_654_321
const greatestCompared = 50 // a directory may list a whole company

const lacks = (program: string) => spawnSync(program, ['--version']).error !== undefined
const lines = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8' }).split('\n').filter(Boolean)
const sorted = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b)

describe('the databases of this system', () => {
  test('know root by name and by id', () => {
    expect(userByName('root')).toMatchObject({ name: 'root', uid: 0, gid: 0, home: '/root' })
    expect(userById(0)).toEqual(userByName('root'))
    expect(groupByName('root')).toMatchObject({ name: 'root', gid: 0 })
    expect(groupById(0)).toEqual(groupByName('root'))
    expect(groupsOf('root', 0)).toContain(0)
  })

  test('have no entry for a name or id that nobody has', () => {
    expect(userByName('no-such-user')).toBeUndefined()
    expect(groupByName('no-such-group')).toBeUndefined()
    expect(userById(unassigned)).toBeUndefined()
    expect(groupById(unassigned)).toBeUndefined()
  })

  test.each(['', '\0', 'root\0', 'root\0x', 'root:x', 'root\n', 'Root\ud800', 'x'.repeat(5_000_000)])(
    'have no entry for a name that can not be one: case %#',
    (name) => {
      expect(userByName(name)).toBeUndefined()
      expect(groupByName(name)).toBeUndefined()
      expect(groupsOf(name, 7)).toEqual([7])
    },
  )

  test.each([-1, 2 ** 32 - 1, 2 ** 32, 0.5, Number.NaN])('never take %s for another id, such as that of root', (id) => {
    expect(userById(id)).toBeUndefined()
    expect(groupById(id)).toBeUndefined()
    expect(() => groupsOf('root', id)).toThrow(RangeError)
  })

  test.skipIf(lacks('getent'))('say of users what getent says (skipped where there is no getent)', () => {
    const users = lines('getent', 'passwd').slice(0, greatestCompared)
    expect(users.length).toBeGreaterThan(0)
    for (const line of users) {
      const [name = '', , uid, gid, , home, shell] = line.split(':')
      expect(userByName(name)).toEqual({ name, uid: Number(uid), gid: Number(gid), home, shell })
      const [first = ''] = lines('getent', 'passwd', String(uid))
      expect(userById(Number(uid))).toEqual(userByName(first.split(':')[0] ?? ''))
    }
  })

  test.skipIf(lacks('getent'))('say of groups what getent says (skipped where there is no getent)', () => {
    const groups = lines('getent', 'group').slice(0, greatestCompared)
    expect(groups.length).toBeGreaterThan(0)
    for (const line of groups) {
      const [name = '', , gid, members = ''] = line.split(':')
      expect(groupByName(name)).toEqual({ name, gid: Number(gid), members: members.split(',').filter(Boolean) })
      const [first = ''] = lines('getent', 'group', String(gid))
      expect(groupById(Number(gid))).toEqual(groupByName(first.split(':')[0] ?? ''))
    }
  })

  test.skipIf(lacks('getent') || lacks('id'))('put a user into the groups that id tells (skipped without them)', () => {
    for (const line of lines('getent', 'passwd').slice(0, greatestCompared)) {
      const [name = '', , , gid] = line.split(':')
      const told = lines('id', '-G', name).flatMap((numbers) => numbers.split(' ').map(Number))
      expect(sorted(groupsOf(name, Number(gid)))).toEqual(sorted(told))
    }
  })
})

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0

describe.skipIf(!mayMount)(
  'databases of a test (skipped unless root may mount over /etc/passwd and /etc/group)',
  () => {
    const crowd = Array.from({ length: 5000 }, (_, index) => `member-${index}`)
    const memberships = Array.from({ length: 300 }, (_, index) => 3_000_000_000 + index)
    const endless = Array.from({ length: 17_000 }, (_, index) => `${index}`.padStart(1000, 'x'))

    function ask(...questions: [string, ...unknown[]][]): unknown[] {
      const folder = ownFolder()
      const [passwd, group] = [join(folder, 'passwd'), join(folder, 'group')]
      copyFileSync('/etc/passwd', passwd)
      copyFileSync('/etc/group', group)
      const user = `busy:x:4000000001:4000000002:${'long comment '.repeat(1000)}:/home/größe:`
      writeFileSync(passwd, `${user}\n`, { flag: 'a' })
      const groups = [
        `crowd:x:4000000003:${crowd}`,
        `nobody-in:x:4000000004:`,
        `endless:x:4000000005:${endless}`,
        ...memberships.map((gid) => `group-${gid}:x:${gid}:somebody,busy`),
      ]
      writeFileSync(group, `${groups.join('\n')}\n`, { flag: 'a' })
      const script = 'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group && exec "$3" "$4" "$5"'
      const program = join(import.meta.dirname, '../../fixtures/programs/looks-up-accounts.ts')
      const args = [passwd, group, process.execPath, program, JSON.stringify(questions)]
      const output = execFileSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ...args], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      })
      return JSON.parse(output) as unknown[]
    }

    test('are read with ids of 32 bits, long and foreign texts, and empty fields', () => {
      const busy = { name: 'busy', uid: 4_000_000_001, gid: 4_000_000_002, home: '/home/größe', shell: '' }
      const [byName, byId, root] = ask(['userByName', 'busy'], ['userById', busy.uid], ['userByName', 'root'])
      expect([byName, byId]).toEqual([busy, busy])
      expect(root).toEqual(userByName('root'))
    })

    test('have groups of any size, with the members as they are listed', () => {
      const [all, byId, none] = ask(
        ['groupByName', 'crowd'],
        ['groupById', 4_000_000_003],
        ['groupByName', 'nobody-in'],
      )
      expect(all).toEqual({ name: 'crowd', gid: 4_000_000_003, members: crowd })
      expect(byId).toEqual(all)
      expect(none).toEqual({ name: 'nobody-in', gid: 4_000_000_004, members: [] })
    })

    test('put a user into more groups than were expected, and only one of exactly this name', () => {
      const gid = 4_000_000_002
      const [found, cutOff] = ask(['groupsOf', 'busy', gid], ['groupsOf', 'busy\0x', 7])
      expect(sorted(found as number[])).toEqual([...memberships, gid])
      expect(cutOff).toEqual([7])
    })

    test('with a group beyond all bounds make it an error, and go on with the others', () => {
      const [found, others] = ask(['groupByName', 'endless'], ['groupByName', 'nobody-in'])
      expect(found).toBe('SystemCallError: getgrnam_r failed: ERANGE')
      expect(others).toMatchObject({ gid: 4_000_000_004 })
    })
  },
)
