/** `portico list`: pools, worker processes, applications and connections of a running Portico. */
import { describe, expect, test } from 'vitest'
import type { ConnectionsStatus } from '#admin/connections.ts'
import type { PoolStatus } from '#admin/status.ts'
import type { ListedWorker } from '#main/list-text.ts'
import { callOnce, NetTcpClient } from '../support/net-tcp-client.ts'
import { PorticoFolders } from '../support/portico-folders.ts'
import { portico as command, serving } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { SharingPeer } from '../support/sharing-peer.ts'

async function list(home: string, what: string): Promise<string> {
  const { out, err } = await command('list', what, '--home', home)
  expect(err).toBe('')
  return out
}

async function listed<T>(home: string, what: string): Promise<T> {
  return JSON.parse((await command('list', what, '--json', '--home', home)).out) as T
}

describe('portico list', () => {
  test('shows pools, worker processes with age, counts and memory, and applications', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    const { home } = portico.folders
    expect(await list(home, 'workers')).toBe('no workers\n')
    expect(await list(home, 'pools')).toContain('DefaultAppPool  started, idle after 20 min')
    expect(await portico.call('/echo')).toBe('hello')
    await portico.until(({ pools: [pool] }) => pool?.workers[0]?.openConnections === 0)
    const [worker] = await listed<ListedWorker[]>(home, 'workers')
    expect(worker).toMatchObject({ pool: 'DefaultAppPool', state: 'ready', openConnections: 0, servedConnections: 1 })
    // A process of Node has some megabytes of its own, and more with what it shares.
    expect(worker?.memory.private).toBeGreaterThan(2 ** 20)
    expect(worker?.memory.resident).toBeGreaterThan(worker?.memory.private ?? Number.NaN)
    const text = await list(home, 'workers')
    expect(text).toMatch(new RegExp(`^${worker?.id}  pid ${worker?.pid}, pool DefaultAppPool, ready, age [\\d.]+ m?s`))
    expect(text).toMatch(
      /0 open, 1 served; memory [\d.]+ MiB resident, [\d.]+ MiB private\n {2}applications \/echo active/,
    )
    expect(await list(home, 'applications')).toContain('/echo  active, pool DefaultAppPool')
    expect((await listed<PoolStatus[]>(home, 'pools')).map(({ name }) => name)).toEqual(['DefaultAppPool'])
  })

  test('shows connections: those that wait, those being offered, and those open in a worker process', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo', stuck: 'hangs-at-load' },
      pools: '<add name="DefaultAppPool"/><add name="Other"/>',
      applications: '<application path="/stuck" applicationPool="Other"/>',
    })
    const { home } = portico.folders
    expect(await list(home, 'connections')).toBe('no connections\n')
    const via = (path: string) => `net.tcp://localhost:${portico.port}${path}`
    using open = await portico.open('/echo')
    expect(await open.answer()).toBe('ack')
    using waiting = await portico.open('/stuck/\u009bnasty')
    const peer = await SharingPeer.connect(portico.service.options.home.sharingSocket)
    await peer.registered(`net.tcp://+:${portico.port}/live`)
    using offered = await portico.open('/live/1')
    await peer.offered()
    await portico.until(({ applications }) => applications.find(({ path }) => path === '/stuck')?.waiting === 1)
    const from = (client: NetTcpClient) => `127.0.0.1:${client.socket.localPort}`
    const { connections, unknown } = await listed<ConnectionsStatus>(home, 'connections')
    const number = expect.any(Number)
    const since = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(connections).toEqual([
      {
        state: 'waiting',
        number,
        target: 'application /stuck',
        awaits: expect.stringMatching(/^start$|^load$/),
        from: from(waiting),
        via: expect.any(String),
        since,
      },
      {
        state: 'offered',
        number,
        target: expect.stringContaining('/live of process'),
        from: from(offered),
        via: via('/live/1'),
        since,
      },
      {
        state: 'open',
        number,
        application: '/echo',
        pool: 'DefaultAppPool',
        worker: expect.any(String),
        from: from(open),
        via: via('/echo'),
        since,
      },
    ])
    expect(unknown).toEqual([])
    const text = await list(home, 'connections')
    expect(text).toMatch(
      /waiting for application \/stuck, for it.* to (?:start|load), from .*being offered for net\.tcp.*open in DefaultAppPool-\w+/s,
    )
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u)
    await open.finish()
    await portico.until(({ pools: [pool] }) => pool?.workers[0]?.openConnections === 0)
    const after = await listed<ConnectionsStatus>(home, 'connections')
    expect(after.connections.map(({ state }) => state)).toEqual(['waiting', 'offered'])
  })

  test('says of connections from before a restart of portico serve that only their number is known', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const first = await serving(folders)
    using client = await NetTcpClient.open(folders.port, '/echo')
    expect(await client.answer()).toBe('ack')
    expect(await list(folders.home, 'connections')).toMatch(/^\d+ {2}open in DefaultAppPool-\w+ .*\n$/)
    first.child.kill('SIGKILL')
    await first.finished
    const second = await serving(folders)
    expect(await callOnce(folders.port, '/echo')).toBe('hello') // its worker process has come back
    await expect
      .poll(() => list(folders.home, 'connections'))
      .toMatch(/^1 more open in DefaultAppPool-\w+ of pool DefaultAppPool: from before this portico serve.*number\n$/)
    expect(await client.call('still here')).toBe('still here')
    await client.finish()
    second.child.kill('SIGTERM')
    await second.finished
  })
})
