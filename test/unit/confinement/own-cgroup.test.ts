import { describe, expect, test } from 'vitest'
import { type CgroupSources, ownCgroup } from '#confinement/own-cgroup.ts'

const unified = '25 30 0:23 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate'
const service = '/system.slice/portico.service'
const folder = `/sys/fs/cgroup${service}`

function sources({ own = service, delegated = [] as string[], writable = [/./], ...more }): CgroupSources {
  return {
    mounts: unified,
    memberships: `0::${own}\n`,
    hasSystemd: true,
    mayWrite: ({ path }) => writable.some((pattern) => pattern.test(path)),
    isDelegated: ({ path }) => delegated.includes(path),
    ...more,
  }
}

const found = (changes: Parameters<typeof sources>[0]) => {
  const place = ownCgroup(sources(changes))
  return 'none' in place ? place : { path: place.group.path, mayLimit: place.notDelegated === undefined }
}

describe('under systemd', () => {
  test('a service with Delegate=yes may have groups with limits', () => {
    expect(found({ delegated: [folder] })).toEqual({ path: folder, mayLimit: true })
  })

  test.each(['portico-serve', 'main'])('so it is from within the leaf %s of it', (leaf) => {
    expect(found({ own: `${service}/${leaf}`, delegated: [folder] })).toEqual({ path: folder, mayLimit: true })
  })

  test('what systemd has not given away is only good for ending processes together', () => {
    expect(found({})).toEqual({ path: folder, mayLimit: false })
  })

  test('what was given to the user’s own systemd is not Portico’s', () => {
    const users = '/user.slice/user-1000.slice/user@1000.service'
    const own = `${users}/init.scope`
    expect(found({ own, delegated: [`/sys/fs/cgroup${users}`] })).toEqual({
      path: `/sys/fs/cgroup${own}`,
      mayLimit: false,
    })
  })

  test('where the account may not write, no groups are made, and it says so', () => {
    expect(found({ writable: [] })).toEqual({ none: expect.stringContaining(`below ${folder}`) })
  })

  test('delegated, but not writable, is as good as not delegated', () => {
    expect(found({ delegated: [folder], writable: [] })).toHaveProperty('none')
  })
})

test('without systemd, as in a container, what can be written is Portico’s', () => {
  expect(found({ own: '/', hasSystemd: false })).toEqual({ path: '/sys/fs/cgroup', mayLimit: true })
  expect(found({ own: '/', hasSystemd: false, writable: [] })).toHaveProperty('none')
})

test('beside the hierarchies of version 1, the one of version 2 is found', () => {
  const mounts = [
    '26 30 0:24 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '27 30 0:25 / /sys/fs/cgroup/uni\\040fied rw - cgroup2 cgroup2 rw',
  ].join('\n')
  expect(found({ mounts, memberships: '4:memory:/x\n0::/y\n', hasSystemd: false })).toMatchObject({
    path: '/sys/fs/cgroup/uni fied/y',
  })
})

test('a mount that shows a part of the hierarchy is used for what is in that part only', () => {
  const mounts = '25 30 0:23 /pod/one /sys/fs/cgroup rw - cgroup2 cgroup2 rw'
  const at = (own: string) => found({ mounts, memberships: `0::${own}\n`, hasSystemd: false })
  expect(at('/pod/one/two')).toMatchObject({ path: '/sys/fs/cgroup/two' })
  expect(at('/pod/other')).toHaveProperty('none')
  expect(at('/../other')).toHaveProperty('none')
})

test('a machine without version 2 has no place', () => {
  expect(found({ mounts: '26 30 0:24 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory' })).toHaveProperty('none')
  expect(found({ memberships: '4:memory:/x\n' })).toHaveProperty('none')
})

test('of this machine an answer can be had', () => {
  const place = ownCgroup()
  expect('none' in place ? place.none : place.group.path).toMatch(/./)
})
