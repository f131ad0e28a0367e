/** As whom worker processes run, and that there is no way to anybody else. */
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { poolSid } from '#identity/sid.ts'
import { userByName } from '#syscalls/accounts.ts'
import { accountAt, deed } from '../support/deeds.ts'
import { isRoot } from '../support/is-root.ts'
import { PorticoFolders } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const four = (id: number) => [id, id, id, id]

/** Two pools, each with an application that tries things. */
const two = {
  apps: { one: 'tries-things', two: 'tries-things' },
  pools: '<add name="DefaultAppPool"/><add name="One"/><add name="Two"/>',
  applications: '<application path="/one" applicationPool="One"/><application path="/two" applicationPool="Two"/>',
}

const pool = (attributes: string, more = '') => `<add name="DefaultAppPool"><processModel ${attributes}/>${more}</add>`

describe.skipIf(!isRoot)('a portico serve of root (these need root)', () => {
  test('runs each pool as a numeric user of its own, which has nothing besides', async () => {
    await using portico = await PorticoUnderTest.start(two)
    const accounts = [await accountAt(portico.port, '/one'), await accountAt(portico.port, '/two')]
    for (const { uids, gids, groups, capabilities, noNewPrivileges } of accounts) {
      expect(uids[0]).toBeGreaterThanOrEqual(90_000)
      expect(uids[0]).toBeLessThanOrEqual(99_999)
      expect([uids, gids]).toEqual([four(uids[0] ?? 0), four(uids[0] ?? 0)])
      expect(groups).toEqual(accounts[0]?.groups)
      expect(groups).toHaveLength(1)
      expect(capabilities).toEqual([0, 0, 0, 0])
      expect(noNewPrivileges).toBe(true)
    }
    expect(accounts[0]?.uids).not.toEqual(accounts[1]?.uids)
    expect(portico.status.pools.slice(1).map(({ account }) => account)).toEqual(
      accounts.map(({ uids: [uid] }, at) => `IIS APPPOOL\\${['one', 'two'][at]} (uid ${uid})`),
    )
  })

  test('gives a pool the same user after a restart', async () => {
    const folders = await PorticoFolders.make(two)
    const first = await PorticoUnderTest.in(folders)
    const before = await accountAt(folders.port, '/one')
    await first.stop()
    await using _second = await PorticoUnderTest.in(folders)
    expect((await accountAt(folders.port, '/one')).uids).toEqual(before.uids)
  })

  test('gives nothing back: not to system calls, not to programs that are root by their mode', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' } })
    const program = join(portico.folders.root, 'id')
    copyFileSync('/usr/bin/id', program)
    chmodSync(program, 0o4755)
    const tried = (...what: string[]) => deed(portico.port, '/app', ...what)
    expect(await tried('becomeRoot')).toEqual({ failed: 'EPERM' })
    expect(await tried('becomeRootInEffect')).toEqual({ failed: 'EPERM' })
    expect(await tried('joinGroup', '0')).toEqual({ failed: 'EPERM' })
    expect(await tried('runAsRoot')).toEqual({ failed: 'EPERM' })
    const { uids } = await accountAt(portico.port, '/app')
    expect(await tried('run', program, '-u')).toEqual({ done: `${uids[0]}\n` })
  })

  test('keeps a pool from everything that is another pool’s or Portico’s', async () => {
    await using portico = await PorticoUnderTest.start({
      ...two,
      pools: `<add name="DefaultAppPool"/><add name="One">${secret}</add><add name="Two"/>`,
    })
    const { home } = portico.folders
    const [one, other] = [await accountAt(portico.port, '/one'), await accountAt(portico.port, '/two')]
    const uid = one.uids[0] ?? 0
    const privateFolder = join(home, 'pools', `one-${uid}`)
    chownSync(join(portico.folders.apps, 'one'), 0, uid)
    chmodSync(join(portico.folders.apps, 'one'), 0o750)
    const denied = { failed: 'EACCES' }
    const tried = (...what: (string | number)[]) => deed(portico.port, '/two', ...what)
    expect(await tried('list', privateFolder)).toEqual(denied)
    expect(await tried('write', join(privateFolder, 'tmp', 'trap'))).toEqual(denied)
    expect(await tried('write', join(privateFolder, 'cache', 'trap'))).toEqual(denied)
    expect(await tried('list', join(portico.folders.apps, 'one'))).toEqual(denied)
    for (const secretFile of ['environ', 'mem', 'maps', 'stack']) {
      const outcome = await tried('read', `/proc/${one.pid}/${secretFile}`)
      expect(outcome.failed, secretFile).toMatch(/^(EACCES|EPERM)$/)
    }
    expect(await tried('list', `/proc/${one.pid}/fd`)).toEqual(denied)
    expect(await tried('attach', one.pid)).toEqual(denied)
    expect(await tried('signal', one.pid)).toEqual({ failed: 'EPERM' })
    expect(await tried('read', join(home, 'logs', 'pool-One.log'))).toEqual(denied)
    expect(await tried('list', join(home, 'logs'))).toEqual(denied)
    expect(await tried('list', home)).toEqual(denied)
    expect(await tried('list', join(home, 'pools'))).toEqual(denied)
    expect(await tried('list', join(home, 'pm2'))).toEqual(denied)
    expect(await tried('say', join(home, 'pm2', 'rpc.sock'), '{}')).toEqual(denied)
    expect(await tried('say', join(home, 'admin.sock'), 'POST /stop HTTP/1.1\r\n')).toEqual(denied)
    expect(await tried('write', join(home, 'identities.json'))).toEqual(denied)
    expect(await tried('read', `/proc/${process.pid}/environ`)).toEqual(denied)
    expect(await tried('attach', process.pid)).toEqual(denied)
    // Its own: the environment of its start is closed even to its own account, because the token stands there.
    expect(await tried('read', `/proc/${other.pid}/environ`)).toEqual(denied)
    expect(await deed(portico.port, '/one', 'write', join(privateFolder, 'tmp', 'mine'))).toEqual({ done: null })
    expect(JSON.stringify(await deed(portico.port, '/one', 'environment'))).toContain('rosebud')
    expect(JSON.stringify(await deed(portico.port, '/two', 'environment'))).not.toMatch(
      /rosebud|PORTICO_(?!WORKER")|TOKEN/,
    )
  })

  test('runs LocalSystem as root, and as nothing else', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: 'tries-things' },
      pools: pool('identityType="LocalSystem"'),
    })
    const { uids, noNewPrivileges } = await accountAt(portico.port, '/app')
    expect(uids).toEqual(four(0))
    expect(noNewPrivileges).toBe(true)
  })

  test('loads nothing into a pool of root that others may write, and names it', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: 'tries-things' },
      pools: pool('identityType="LocalSystem"'),
    })
    const folder = join(portico.folders.apps, 'app')
    const [loose, foreign] = [join(folder, 'loose.txt'), join(folder, 'lib', 'foreign.txt')]
    mkdirSync(join(folder, 'lib'))
    for (const file of [loose, foreign]) writeFileSync(file, '')
    chmodSync(loose, 0o666)
    chownSync(foreign, 1, 0)
    expect(await deed(portico.port, '/app', 'status')).toEqual({ answer: 'ServiceActivationFailed' })
    const { problem } = portico.status.applications[0] ?? {}
    expect(problem?.code).toBe('ROOT_POOL_NOT_SAFE')
    expect(problem?.message).toContain(`${loose} (everybody may write it)`)
    expect(problem?.message).toContain(`${foreign} (it belongs to the user 1)`)
    expect(portico.events.filter(({ event }) => event === 'worker.launching')).toEqual([])
    chmodSync(loose, 0o644)
    chownSync(foreign, 0, 0)
    expect((await accountAt(portico.port, '/app')).uids).toEqual(four(0))
  })

  test('runs SpecificUser as that user with its groups, and warns of a password without showing it', async () => {
    const daemon = userByName('daemon')
    if (!daemon) throw new Error('this machine has no user daemon')
    await using portico = await PorticoUnderTest.start({
      apps: { app: 'tries-things' },
      pools: pool('identityType="SpecificUser" userName="daemon" password="hunter2" loadUserProfile="true"'),
    })
    const { uids, gids, groups } = await accountAt(portico.port, '/app')
    expect([uids, gids]).toEqual([four(daemon.uid), four(daemon.gid)])
    expect(groups).toContain(daemon.gid)
    const { done } = await deed(portico.port, '/app', 'environment')
    expect(done).toMatchObject({ HOME: daemon.home, USER: 'daemon', LOGNAME: 'daemon', SHELL: daemon.shell })
    expect(portico.status.notInForce.join('\n')).toMatch(/password/)
    expect(JSON.stringify([portico.status, portico.events])).not.toContain('hunter2')
  })

  test('leaves a pool out of the group of all pools with manualGroupMembership', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: 'tries-things' },
      pools: pool('manualGroupMembership="true"'),
      allowAccounts: `<add securityIdentifier="${poolSid('DefaultAppPool')}"/>`,
    })
    expect((await accountAt(portico.port, '/app')).groups).toEqual([])
  })

  test.each(['LocalService', 'NetworkService'])(
    'runs %s as the named account, else as a user of Portico’s',
    async (type) => {
      const attribute = `${type[0]?.toLowerCase()}${type.slice(1)}Account`
      await using portico = await PorticoUnderTest.start({ ...two, pools: shared(type) })
      const own = await accountAt(portico.port, '/one')
      expect(own.uids[0]).toBeGreaterThanOrEqual(90_000)
      expect((await accountAt(portico.port, '/two')).uids).toEqual(own.uids)
      portico.folders.configure({ ...two, pools: shared(type), portico: `${attribute}="daemon"` })
      await portico.event('configuration.changed')
      await portico.event('worker.exited')
      await portico.event('worker.exited')
      expect((await accountAt(portico.port, '/one')).uids).toEqual(four(userByName('daemon')?.uid ?? -1))
    },
  )

  test.each([
    ['an account that does not exist', 'identityType="SpecificUser" userName="nobody-here"', 'IDENTITY_UNKNOWN'],
  ])('does not start a pool of %s, and says so', async (_, attributes, code) => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' }, pools: pool(attributes) })
    expect(await deed(portico.port, '/app', 'status')).toEqual({ answer: 'ServiceActivationFailed' })
    expect((await portico.event('pool.blocked')).fields).toMatchObject({ pool: 'DefaultAppPool', code })
    expect(portico.status.pools[0]?.problem).toMatchObject({ code })
    expect(portico.status.applications[0]?.problem).toMatchObject({ code })
  })

  test('says which folder is in the way of a pool, and serves once it is not', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' } })
    chmodSync(portico.folders.apps, 0o700)
    expect(await deed(portico.port, '/app', 'status')).toEqual({ answer: 'ServiceActivationFailed' })
    const { problem } = portico.status.applications[0] ?? {}
    expect(problem?.message).toContain(portico.folders.apps)
    expect(problem?.message).toMatch(/uid 9\d{4}/)
    chmodSync(portico.folders.apps, 0o755)
    expect((await accountAt(portico.port, '/app')).uids[0]).toBeGreaterThanOrEqual(90_000)
  })

  test('says which folder is in the way of the sharing socket', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' } })
    chmodSync(portico.folders.home, 0o700)
    expect(await deed(portico.port, '/app', 'status')).toEqual({ answer: 'ServiceActivationFailed' })
    const { problem } = portico.status.applications[0] ?? {}
    expect(problem?.lastOutput).toContain(`${portico.folders.home} does not let it through (mode 0700)`)
  })
})

describe.skipIf(isRoot)('a portico serve of an ordinary user', () => {
  test('runs pools as that user, without anything more', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' } })
    const { uids, capabilities, noNewPrivileges } = await accountAt(portico.port, '/app')
    expect(uids).toEqual(four(process.getuid?.() ?? -1))
    expect(capabilities).toEqual([0, 0, 0, 0])
    expect(noNewPrivileges).toBe(true)
    expect(await deed(portico.port, '/app', 'becomeRoot')).toEqual({ failed: 'EPERM' })
  })

  test.each(['LocalSystem', 'LocalService', 'NetworkService', 'SpecificUser" userName="root'])(
    'does not start a pool of identityType="%s", and says why and what to do; other pools go on',
    async (type) => {
      await using portico = await PorticoUnderTest.start({
        ...two,
        pools: `<add name="DefaultAppPool"/><add name="One"/><add name="Two"><processModel identityType="${type}"/></add>`,
      })
      expect(await deed(portico.port, '/two', 'status')).toEqual({ answer: 'ServiceActivationFailed' })
      const { problem } = portico.status.pools.find(({ name }) => name === 'Two') ?? {}
      expect(problem).toMatchObject({ code: 'IDENTITY_NEEDS_ROOT', remedy: expect.stringContaining('as root') })
      expect(problem?.message).toMatch(/application pool Two does not start.*this one runs as /)
      expect((await accountAt(portico.port, '/one')).uids).toEqual(four(process.getuid?.() ?? -1))
    },
  )
})

const secret = '<environmentVariables><add name="PASSPHRASE" value="rosebud"/></environmentVariables>'

const shared = (type: string) =>
  ['DefaultAppPool', 'One', 'Two']
    .map((name) => `<add name="${name}"><processModel identityType="${type}"/></add>`)
    .join('')

describe('the profile of a pool', () => {
  test.each([
    ['', false],
    ['loadUserProfile="true"', true],
    ['loadUserProfile="true" setProfileEnvironment="false"', false],
  ])('with <processModel %s/> gives HOME and its like: %s', async (attributes, isSet) => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' }, pools: pool(attributes) })
    const { done } = (await deed(portico.port, '/app', 'environment')) as { done: Record<string, string> }
    expect(['USER', 'LOGNAME', 'SHELL'].map((name) => name in done)).toEqual(Array(3).fill(isSet))
    if (!isSet) expect(done.HOME).toBe('/')
    else if (isRoot) expect(statSync(done.HOME ?? '').mode & 0o777).toBe(0o700)
    expect(statSync(done.TMPDIR ?? '').mode & 0o777).toBe(0o700)
    expect(done.TMPDIR).toContain(join(portico.folders.home, 'pools', 'defaultapppool-'))
    expect(await deed(portico.port, '/app', 'write', join(done.TMPDIR ?? '', 'file'))).toEqual({ done: null })
    expect(readFileSync(join(done.TMPDIR ?? '', 'file'), 'utf8')).toBe('written by the application')
  })
})
