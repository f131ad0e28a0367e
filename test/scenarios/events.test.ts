/** The history: what `portico events` tells of worker processes, across restarts and as it happens. */
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isRoot } from '../support/is-root.ts'
import { callOnce } from '../support/net-tcp-client.ts'
import { PorticoFolders, processesOf } from '../support/portico-folders.ts'
import { PorticoProcess, portico, serving } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

type Fields = Record<string, unknown>

async function events({ home }: PorticoFolders, ...more: string[]): Promise<Fields[]> {
  const { out } = await portico('events', '--json', '--home', home, ...more)
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Fields)
}

const anyNumber = expect.any(Number)
const names = (kept: readonly Fields[]) => kept.map(({ event }) => event)

/** Resolves once the history has an event of this name. */
const happened = (folders: PorticoFolders, name: string) =>
  expect.poll(async () => names(await events(folders)), { interval: 100 }).toContain(name)

describe('portico events', () => {
  test('tells the story of a worker process, from its launch for a connection to its end for idleness', async () => {
    // Without pings: one that is due by the same leap might be written when the process has just gone.
    const pools = '<add name="DefaultAppPool"><processModel pingingEnabled="false"/></add><add name="Other"/>'
    await using under = await PorticoUnderTest.start({ apps: { echo: 'echo' }, pools })
    const { folders, clock } = under
    expect(await under.call('/echo')).toBe('hello')
    await under.until(({ pools: [pool] }) => pool?.workers[0]?.openConnections === 0)
    clock.skip(1_200_000) // moves the clock on by the default of idleTimeout
    await happened(folders, 'worker.exited')
    const story = (await events(folders, '--app', '/echo')).filter(({ worker }) => worker !== undefined)
    const via = `net.tcp://localhost:${folders.port}/echo`
    expect(story).toMatchObject([
      { event: 'worker.launching', actor: 'client', reason: 'connection', app: '/echo', via, connection: anyNumber },
      { event: 'worker.connected', actor: 'portico', pool: 'DefaultAppPool' },
      { event: 'worker.ready', ageMs: anyNumber },
      { event: 'application.loaded', app: '/echo', afterMs: anyNumber },
      { event: 'worker.draining', why: 'idle', windowsEventId: 5186, actor: 'portico' },
      { event: 'worker.stopping', why: 'idle' },
      { event: 'worker.exited', why: 'idle', served: 1, ageMs: anyNumber },
    ])
    const { out } = await portico('events', '--home', folders.home, '--pool', 'defaultapppool')
    const [launched, ...others] = out.split('\n').filter((line) => line.includes('worker process'))
    expect(launched).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d {2}worker process is launched /)
    expect(launched).toContain(`asked for ${via}  by client`)
    expect(launched).not.toContain('(pid') // it has none yet
    expect(others.join('\n')).toMatch(/is ready .* after \d.*\n.*nothing needed it for idleTimeout.*Windows event 5186/)
    expect(others.join('\n')).toMatch(/worker process ended .* lived 20(\.\d)? min, served 1/)
    expect(names(await events(folders, '--pool', 'Other'))).toEqual([]) // it is there, and nothing became of it
  })

  test('says that a worker process ended unasked, and what it had served', async () => {
    using folders = await PorticoFolders.make({ apps: { crashes: 'crashes' } })
    const serve = await serving(folders)
    expect(await callOnce(folders.port, '/crashes', 'crash')).toBeUndefined()
    await happened(folders, 'worker.exited')
    expect((await events(folders)).findLast(({ event }) => event === 'worker.exited')).toMatchObject({
      windowsEventId: 5009,
      how: 'signal SIGKILL',
      served: 1,
    })
    serve.child.kill('SIGTERM')
    await serve.finished
  })

  test('is kept across a restart and a SIGKILL of portico serve, and is there when none runs', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const first = await serving(folders)
    expect(await callOnce(folders.port, '/echo')).toBe('hello')
    await happened(folders, 'worker.ready')
    first.child.kill('SIGKILL')
    await first.finished
    const before = await events(folders)
    expect(names(before)).toContain('worker.ready')
    const second = await serving(folders)
    await happened(folders, 'worker.found')
    expect((await events(folders)).slice(0, before.length)).toEqual(before)
    second.child.kill('SIGTERM')
    await second.finished
    const after = await events(folders)
    expect(after.at(-1)).toMatchObject({ event: 'portico.stopped', actor: 'administrator' })
    expect(names(after)).toContain('portico.stopping')
    expect(after.find(({ event }) => event === 'portico.stopping')).toMatchObject({ reason: 'SIGTERM' })
    expect(processesOf(folders.home)).toEqual([])
    for (const file of readdirSync(join(folders.home, 'events')))
      expect(statSync(join(folders.home, 'events', file)).mode & 0o777).toBe(0o600)
    expect(await events(folders, '--since', '2000-01-01')).toEqual(after)
    expect(await events(folders, '--since', '2999-01-01')).toEqual([])
  })

  test('goes on with --follow for two readers at once; one ends on SIGINT, the other with Portico', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const serve = await serving(folders)
    await happened(folders, 'portico.started')
    const follow = () => new PorticoProcess(['events', '--follow', '--home', folders.home])
    const [one, other] = [follow(), follow()]
    await Promise.all([one.printed(/Portico started/), other.printed(/Portico started/)])
    expect(one.out).not.toContain('worker process')
    expect(await callOnce(folders.port, '/echo')).toBe('hello')
    await Promise.all([one.printed(/worker process is ready/), other.printed(/worker process is ready/)])
    one.child.kill('SIGINT')
    expect(await one.finished).toMatchObject({ code: 0, err: '' })
    serve.child.kill('SIGTERM')
    await serve.finished
    const { code, out } = await other.finished
    expect(code).toBe(0)
    expect(out.trimEnd().split('\n').at(-1)).toContain('Portico stopped')
    expect(await new PorticoProcess(['events', '--follow', '--home', folders.home]).finished).toMatchObject({
      code: 0,
      out,
      err: expect.stringContaining('nothing more happens'),
    })
  })

  test('names what is there for a pool or an application that is not, whether Portico runs or not', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
    const asked = (...more: string[]) => portico('events', '--home', folders.home, ...more)
    const refusals = async () => {
      expect(await asked('--pool', 'Nonsense')).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/no application pool Nonsense.*DefaultAppPool.*EVENTS_OF_UNKNOWN/s),
      })
      expect((await asked('--app', '/nonsense', '--follow')).err).toMatch(/no application \/nonsense.*\/echo/)
    }
    expect(await asked()).toMatchObject({ code: 1, err: expect.stringContaining('EVENTS_MISSING') })
    const serve = await serving(folders)
    await happened(folders, 'portico.started')
    await refusals()
    serve.child.kill('SIGTERM')
    await serve.finished
    await refusals()
    expect(await asked('--since', 'yesterday')).toMatchObject({ code: 2, err: expect.stringContaining('10m') })
  })

  test('says so when this account may not read them', async () => {
    using folders = await PorticoFolders.make()
    const folder = join(folders.home, 'events')
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o000)
    const nobody = isRoot ? { uid: 65534, gid: 65534 } : undefined
    const { code, err } = await new PorticoProcess(['events', '--home', folders.home], nobody).finished
    chmodSync(folder, 0o700) // so that it can be removed
    expect(code).toBe(1)
    expect(err).toContain(`the events in ${folder} can't be read`)
    expect(err).toContain('as root')
  })
})
