/** The command line as an administrator uses it: starting, stopping, and what is said when that can't be done. */
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Status } from '#admin/status.ts'
import { isRoot } from '../support/is-root.ts'
import { callOnce, NetTcpClient } from '../support/net-tcp-client.ts'
import { PorticoFolders, processesOf } from '../support/portico-folders.ts'
import { PorticoProcess, portico, serving } from '../support/portico-process.ts'

const nobody = { uid: 65534, gid: 65534 }
/** Milliseconds within which `portico serve` takes two signals for one wish. */
const sameWish = 250

describe('portico serve', () => {
  test('says what listens, what is deployed and what to try, and ends with exit code 0 on SIGTERM', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const serve = await serving(folders)
    expect(serve.out).toContain(`:${folders.port}`)
    expect(serve.out).toContain(`portico probe net.tcp://localhost:${folders.port}/echo`)
    expect(await callOnce(folders.port, '/echo')).toBe('hello')
    serve.child.kill('SIGTERM')
    expect((await serve.finished).code).toBe(0)
    expect(processesOf(folders.home)).toEqual([])
  })

  test('lets connections finish on SIGTERM, and hurries on the second', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const serve = await serving(folders)
    using client = await NetTcpClient.open(folders.port, '/echo')
    expect(await client.answer()).toBe('ack')
    serve.child.kill('SIGTERM')
    await serve.printed(/worker\.draining/)
    expect(await client.call('still here')).toBe('still here')
    await expect(NetTcpClient.connect(folders.port)).rejects.toThrow('ECONNREFUSED')
    await pause(sameWish) // a signal that follows the first sooner counts as the same one
    serve.child.kill('SIGTERM')
    expect((await serve.finished).code).toBe(0)
    expect((await serve.finished).err).toContain('portico.hurried')
    expect(await client.readAll()).toHaveLength(0)
    expect(processesOf(folders.home)).toEqual([])
  })

  test('ends when the last connection has finished', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const serve = await serving(folders)
    using client = await NetTcpClient.open(folders.port, '/echo')
    expect(await client.answer()).toBe('ack')
    const stop = portico('stop', '--home', folders.home)
    await serve.printed(/worker\.draining/)
    await client.finish()
    expect((await serve.finished).code).toBe(0)
    expect(await stop).toMatchObject({ code: 0 })
  })

  test('refuses a port that is in use', async () => {
    using folders = await PorticoFolders.make()
    const other = createServer().listen(folders.port)
    await once(other, 'listening')
    const { code, err } = await portico(
      'serve',
      '--config',
      folders.config,
      '--apps',
      folders.apps,
      '--home',
      folders.home,
    )
    other.close()
    expect(code).toBe(1)
    expect(err).toContain(`port ${folders.port} of every address is in use`)
    expect(err).toContain('ss -ltnp')
    expect(processesOf(folders.home)).toEqual([])
  })

  test('refuses a second one with the same home, and the first goes on', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const first = await serving(folders)
    const { code, err } = await portico(
      'serve',
      '--config',
      folders.config,
      '--apps',
      folders.apps,
      '--home',
      folders.home,
    )
    expect(code).toBe(1)
    expect(err).toContain('another portico serve runs with the home')
    expect(await callOnce(folders.port, '/echo')).toBe('hello')
    first.child.kill('SIGTERM')
    await first.finished
  })

  test('refuses a home whose sockets would have too long a path', async () => {
    using folders = await PorticoFolders.make()
    const home = join(folders.root, 'h'.repeat(120))
    const { code, err } = await portico('serve', '--config', folders.config, '--apps', folders.apps, '--home', home)
    expect(code).toBe(1)
    expect(err).toContain('shorter folder')
  })

  test.each(['a file', 'a folder of the kernel'])('refuses a home that is %s', async (kind) => {
    using folders = await PorticoFolders.make()
    if (kind === 'a file') writeFileSync(folders.home, '')
    const home = kind === 'a file' ? folders.home : '/proc/portico'
    const { code, err } = await portico('serve', '--config', folders.config, '--apps', folders.apps, '--home', home)
    expect(code).toBe(1)
    expect(err).toContain(home)
    expect(err).toContain('--home')
  })

  test('refuses an application folder that is missing, and a configuration that is wrong, naming the line', async () => {
    using folders = await PorticoFolders.make()
    const serve = () => portico('serve', '--config', folders.config, '--apps', folders.apps, '--home', folders.home)
    rmSync(folders.apps, { recursive: true })
    expect(await serve()).toMatchObject({ code: 1, err: expect.stringContaining('application folder') })
    mkdirSync(folders.apps)
    folders.configure({ pools: '<add name="DefaultAppPool" startMod="OnDemand"/>' })
    const { code, err } = await serve()
    expect(code).toBe(1)
    expect(err).toMatch(/applicationHost\.config:2\b.*startMod.*startMode/s)
  })

  test.runIf(isRoot)('refuses a port that its account may not use', async () => {
    using folders = await PorticoFolders.make()
    folders.configure({}, 81)
    folders.giveTo(nobody)
    const { config, apps, home } = folders
    const { code, err } = await new PorticoProcess(
      ['serve', '--config', config, '--apps', apps, '--home', home],
      nobody,
    ).finished
    expect(code).toBe(1)
    expect(err).toContain('this account may not listen on port 81')
    expect(err).toContain('CAP_NET_BIND_SERVICE')
  })

  test.runIf(isRoot)('runs as an ordinary user', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    folders.giveTo(nobody)
    const serve = await serving(folders, nobody)
    expect(await callOnce(folders.port, '/echo')).toBe('hello')
    expect((await portico('status', '--home', folders.home)).out).toContain('user nobody')
    serve.child.kill('SIGTERM')
    expect((await serve.finished).code).toBe(0)
    expect(processesOf(folders.home)).toEqual([])
  })
})

describe('portico status', () => {
  test('shows ports, pools, worker processes and applications, also as JSON', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo', bad: 'throws-at-load' } })
    const serve = await serving(folders)
    await callOnce(folders.port, '/echo')
    await callOnce(folders.port, '/bad')
    const { code, out } = await portico('status', '--home', folders.home)
    expect(code).toBe(0)
    expect(out).toContain('/echo  active')
    expect(out).toContain('the database password is missing')
    expect(out).toContain('pool-DefaultAppPool.log')
    const json = JSON.parse((await portico('status', '--json', '--home', folders.home)).out) as Status
    expect(json.applications.map(({ path, active }) => [path, active])).toEqual([
      ['/bad', false],
      ['/echo', true],
    ])
    serve.child.kill('SIGTERM')
    await serve.finished
  })

  test('and stop say when nothing runs', async () => {
    using folders = await PorticoFolders.make()
    for (const command of [['status'], ['stop'], ['list', 'workers'], ['list', 'connections']]) {
      const { code, err } = await portico(...command, '--home', folders.home)
      expect(code).toBe(1)
      expect(err).toContain('portico serve')
    }
  })
})

test.each([
  [['--nonsense']],
  [['nonsense']],
  [['probe']],
  [['probe', 'net.tcp://localhost/x', '--count', '0']],
  [['status', 'extra']],
  [['list', 'nonsense']],
  [['events', '--since', 'nonsense']],
  [['explain']],
])('wrong usage (portico %j) ends with exit code 2 and says where to read on', async (args) => {
  const { code, err } = await portico(...args)
  expect(code).toBe(2)
  expect(err).toContain('--help')
})

test.each([[[]], [['serve']], [['status']], [['stop']], [['list']], [['events']], [['explain']], [['probe']]])(
  'portico %j --help shows examples',
  async (command) => {
    const { code, out } = await portico(...command, '--help')
    expect(code).toBe(0)
    expect(out).toContain('Examples:')
  },
)
