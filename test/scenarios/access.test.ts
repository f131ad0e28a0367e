/** Who may use the sharing socket, by the kernel's word about the process at its other end. */
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { groupSid, poolSid, userSid } from '#identity/sid.ts'
import { groupByName, userByName } from '#syscalls/accounts.ts'
import { accountAt, deed } from '../support/deeds.ts'
import { isRoot } from '../support/is-root.ts'
import { Knocking, runAs } from '../support/knocking.ts'
import { freePort, PorticoFolders } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { openDescriptors } from '../support/unix-pair.ts'

const hello = { type: 'hello', version: 1 }
/** An account and a group that no machine has. */
const stranger = { uid: 81_234, gid: 81_235 }

const socketOf = (portico: PorticoUnderTest) => portico.service.options.home.sharingSocket
const knock = (portico: PorticoUnderTest, said: object[], as?: ConstructorParameters<typeof Knocking>[2]) =>
  new Knocking(socketOf(portico), said, as)

describe.skipIf(!isRoot)('a process that Portico did not start (other accounts need root)', () => {
  test('is refused when no entry admits it: it and the log learn who, for what, with which SIDs, and what to add where', async () => {
    await using portico = await PorticoUnderTest.start()
    const peer = knock(portico, [{ ...hello, uri: 'net.tcp://+:9000/orders' }], { ...stranger, groups: [81_236] })
    const refused = await peer.next()
    expect(refused).toMatchObject({ type: 'refused', status: 'AccessDenied' })
    const { message } = refused as { message: string }
    for (const part of [
      `process ${peer.child.pid} of uid 81234`,
      'net.tcp://+:9000/orders',
      userSid(81_234),
      groupSid(81_235),
      groupSid(81_236),
      '<add securityIdentifier="S-1-22-1-81234"/>',
      `${portico.folders.config}/SMSvcHost.exe.config:1`,
    ])
      expect(message).toContain(part)
    expect(await peer.next()).toBe('closed')
    expect((await portico.event('sharing.refused')).fields).toMatchObject({
      pid: peer.child.pid,
      uid: 81_234,
      code: 'PEER_NOT_ADMITTED',
      reason: message,
    })
  })

  test.each([
    ['by the SID of its user', `<add securityIdentifier="${userSid(81_234)}"/>`, stranger],
    ['by the SID of its group', `<add securityIdentifier="${groupSid(81_235)}"/>`, stranger],
    ['by a supplementary group', `<add securityIdentifier="${groupSid(4)}"/>`, { ...stranger, groups: [3, 4] }],
    ['as everyone', '<add securityIdentifier="S-1-1-0"/>', stranger],
    [
      'by the name of its user',
      '<clear/><add account="daemon"/>',
      { uid: userByName('daemon')?.uid ?? -1, gid: 81_235 },
    ],
    ['by the name of its group', '<add account="%daemon"/>', { uid: 81_234, gid: groupByName('daemon')?.gid ?? -1 }],
    ['as root, by default', '', { uid: 0 }],
  ])('is admitted %s', async (_, allowAccounts, account) => {
    await using portico = await PorticoUnderTest.start({ allowAccounts })
    expect(await knock(portico, [hello], account).next()).toEqual({ type: 'welcome', version: 1 })
  })

  test.each([
    ['another pid, uid or token', { ...hello, pid: 1, uid: 0, gid: 0, groups: [0], account: 'root' }, 'AccessDenied'],
    ['a token that nobody has', { ...hello, token: '00000000-0000-0000-0000-000000000000' }, 'InvalidArgument'],
  ])('gains nothing by claiming %s', async (_, said, status) => {
    await using portico = await PorticoUnderTest.start()
    expect(await knock(portico, [said], stranger).next()).toMatchObject({ type: 'refused', status })
  })

  test('is admitted or refused by the configuration of the moment, without a restart; one that is connected is told and closed', async () => {
    await using portico = await PorticoUnderTest.start()
    const change = async (allowAccounts: string) => {
      portico.folders.configure({ allowAccounts })
      await portico.event('configuration.changed')
    }
    expect(await knock(portico, [hello], stranger).next()).toMatchObject({ status: 'AccessDenied' })
    await change(`<add securityIdentifier="${userSid(81_234)}"/>`)
    const register = { type: 'register', uri: `net.tcp://+:${await freePort()}/orders` }
    const peer = knock(portico, [hello, register], stranger)
    expect(await peer.next()).toMatchObject({ type: 'welcome' })
    expect(await peer.next()).toMatchObject({ type: 'registered' })
    expect(portico.status.ports).toHaveLength(2)
    await change('<add account="daemon"/>')
    expect(await peer.next()).toMatchObject({ type: 'refused', status: 'AccessDenied' })
    expect(await peer.next()).toBe('closed')
    await portico.until(({ registrations, ports }) => registrations.length === 0 && ports.length === 1)
    expect(await knock(portico, [hello], stranger).next()).toMatchObject({ status: 'AccessDenied' })
  })

  test('that is admitted gets no port of root, unless a site has it', async () => {
    await using portico = await PorticoUnderTest.start({ allowAccounts: '<add securityIdentifier="S-1-1-0"/>' })
    const register = { type: 'register', uri: 'net.tcp://+:79/orders' }
    const peer = knock(portico, [hello, register], stranger)
    await peer.next()
    const refused = await peer.next()
    expect(refused).toMatchObject({ type: 'refused', status: 'FailedToListen' })
    const { message, remedy } = refused as { message: string; remedy: string }
    expect(message).toMatch(/port 79.*uid 81234/)
    expect(remedy).toMatch(/give the site a binding on this port/)
    expect(portico.status.ports).toHaveLength(1)
  })

  test('can cost no more than a bound, however often it connects: others are served, and the log has a line', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' } })
    await accountAt(portico.port, '/app')
    const before = openDescriptors()
    const flood = runAs(stranger, 'floods.mjs', { args: [socketOf(portico), '1500'] })
    const counted = once(flood.stdout ?? flood, 'data')
    await portico.event('sharing.refused')
    const welcome = knock(portico, [hello])
    expect(await welcome.next()).toMatchObject({ type: 'welcome' })
    await welcome.end()
    expect(await deed(portico.port, '/app', 'folders')).toHaveProperty('done')
    const [connections] = await counted
    expect(Number(connections)).toBeGreaterThan(200)
    expect(portico.status.sharing.refused).toBe(Number(connections))
    const lines = portico.events.filter(({ event }) => event.startsWith('sharing.'))
    expect(lines).toHaveLength(1)
    await expect.poll(() => openDescriptors()).toBeLessThanOrEqual(before)
  })
})

describe.skipIf(!isRoot)('a token (other accounts need root)', () => {
  const tokenOf = (portico: PorticoUnderTest) =>
    [...(portico.service.manager.pool('DefaultAppPool')?.workers ?? [])][0]?.token

  test('is good for its process only: not for another one, of whatever account, and not after its worker process is gone', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'tries-things' } })
    const { pid, uids } = await accountAt(portico.port, '/app')
    const token = tokenOf(portico)
    const said = { ...hello, token }
    const pool = { uid: uids[0] ?? 0 }
    for (const as of [undefined, stranger, pool])
      expect(await knock(portico, [said], as).next()).toMatchObject({ type: 'refused', status: 'InvalidArgument' })
    // Not even for the process itself, a second time.
    const again = await deed(portico.port, '/app', 'say', socketOf(portico), JSON.stringify(said))
    expect(again.done).toContain('InvalidArgument')
    process.kill(pid, 'SIGKILL')
    await portico.event('worker.exited')
    for (const as of [undefined, stranger, pool])
      expect(await knock(portico, [said], as).next()).toMatchObject({ type: 'refused', status: 'InvalidArgument' })
  })
})

describe.skipIf(!isRoot)(
  'a process that poses as a worker process of an earlier run (other accounts need root)',
  () => {
    test.each([
      ['as the account that it is', '81234:81234:'],
      ['as the account of the pool', '90000:90000:'],
    ])('%s gets no connection and hears nothing', async (_, claimed) => {
      const folders = await PorticoFolders.make({ apps: { app: 'echo' } })
      const { home } = folders
      const socket = join(home, 'sharing.sock')
      const poser = runAs({ uid: 81_234 }, 'poses-as-survivor.mjs', {
        args: [socket, 'my-token'],
        detached: true,
        env: {
          PORTICO_LAUNCHER: join(home, 'pm2'),
          PORTICO_LAUNCHED: 'DefaultAppPool-12345678',
          PORTICO_POOL: 'DefaultAppPool',
          PORTICO_TOKEN: 'my-token',
          PORTICO_RUN_AS: claimed,
        },
      })
      let heard = ''
      poser.stdout?.on('data', (bytes) => {
        heard += bytes
      })
      await once(poser, 'spawn')
      await using portico = await PorticoUnderTest.in(folders)
      expect((await portico.event('worker.unwanted')).fields).toMatchObject({ worker: 'DefaultAppPool-12345678' })
      expect(await portico.call('/app')).toBe('hello')
      expect(heard).not.toContain('welcome')
    })
  },
)

describe('a pool whose identity is not admitted', () => {
  const own = `<add securityIdentifier="${poolSid('DefaultAppPool')}"/>`

  test('does not start: the client hears that activation failed, and the error names pool, account, SID, file and element', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { app: 'tries-things' },
      allowAccounts: '<remove securityIdentifier="S-1-5-32-568"/>',
    })
    expect(await deed(portico.port, '/app', 'status')).toEqual({ answer: 'ServiceActivationFailed' })
    const { problem } = portico.status.applications[0] ?? {}
    expect(problem?.code).toBe('POOL_NOT_ADMITTED')
    const account = isRoot ? 'IIS APPPOOL\\DefaultAppPool' : (process.env.USER ?? '')
    for (const part of [
      'application pool DefaultAppPool',
      account,
      poolSid('DefaultAppPool'),
      'SMSvcHost.exe.config:',
      own,
    ])
      expect(problem?.message).toContain(part)
    expect(portico.events.filter(({ event }) => event === 'worker.launching')).toEqual([])

    portico.folders.configure({ allowAccounts: `<clear/>${own}` })
    await portico.event('configuration.changed')
    expect(await deed(portico.port, '/app', 'signal', '0')).toHaveProperty('done')
    expect(portico.status.pools[0]?.problem).toBeUndefined()
  })

  test('any more is unregistered at once: its connections finish, and new ones are refused', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: 'echo' } })
    using client = await portico.open('/app')
    expect(await client.answer()).toBe('ack')
    portico.folders.configure({ allowAccounts: '<remove securityIdentifier="S-1-5-32-568"/>' })
    await portico.event('worker.draining')
    expect(await portico.call('/app')).toBe('ServiceActivationFailed')
    expect(await client.call('still here')).toBe('still here')
    await client.finish()
    await portico.event('worker.exited')
  })

  test('keeps an AlwaysRunning pool from starting, until it is admitted', async () => {
    const pools = '<add name="DefaultAppPool" startMode="AlwaysRunning"/>'
    await using portico = await PorticoUnderTest.start({
      pools,
      allowAccounts: '<remove securityIdentifier="S-1-5-32-568"/>',
    })
    expect((await portico.event('pool.blocked')).fields).toMatchObject({ code: 'POOL_NOT_ADMITTED' })
    portico.folders.configure({ pools, allowAccounts: own })
    await portico.event('pool.unblocked')
    await portico.event('worker.connected')
  })
})

describe('sharingStartMode', () => {
  test('disabled opens no port and refuses pools and peers, and says how to enable it; that is in force at once', async () => {
    const pools = '<add name="DefaultAppPool" startMode="AlwaysRunning"/>'
    await using portico = await PorticoUnderTest.start({
      apps: { app: 'echo' },
      pools,
      portico: 'sharingStartMode="disabled"',
    })
    expect(portico.status.ports).toEqual([])
    const { fields } = await portico.event('pool.blocked')
    expect(fields).toMatchObject({ code: 'SHARING_DISABLED' })
    const refused = await knock(portico, [hello]).next()
    expect(refused).toMatchObject({ type: 'refused', status: 'ServiceDisabled' })
    const { message, remedy } = refused as { message: string; remedy: string }
    expect(`${message} ${remedy}`).toMatch(/applicationHost\.config.*"automatic" or "demand"/)
    portico.folders.configure({ pools })
    await portico.event('worker.connected')
    expect(await portico.call('/app')).toBe('hello')
    portico.folders.configure({ pools, portico: 'sharingStartMode="disabled"' })
    await portico.event('worker.exited')
    expect(portico.status.ports).toEqual([])
  })

  test('demand opens a port with the first application on it, and closes it with the last', async () => {
    await using portico = await PorticoUnderTest.start({ portico: 'sharingStartMode="demand"' })
    expect(portico.status.ports).toEqual([])
    portico.folders.deploy('app', 'echo')
    await portico.event('application.deployed')
    expect(portico.status.ports).toHaveLength(1)
    expect(await portico.call('/app')).toBe('hello')
    const { rmSync } = await import('node:fs')
    rmSync(`${portico.folders.apps}/app`, { recursive: true })
    await portico.event('application.removed')
    expect(portico.status.ports).toEqual([])
  })
})
