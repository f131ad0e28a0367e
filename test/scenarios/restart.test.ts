/** What lives on when Portico or PM2 ends unasked. */
import { describe, expect, test } from 'vitest'
import { daemonOf } from '#launcher/daemon.ts'
import { callOnce, NetTcpClient } from '../support/net-tcp-client.ts'
import { PorticoFolders, processesOf } from '../support/portico-folders.ts'
import { portico, serving } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

describe('portico serve that is killed', () => {
  test('leaves connections and worker processes running, and the next one finds them again', async () => {
    using folders = await PorticoFolders.make({ apps: { crashes: 'crashes' } })
    const first = await serving(folders)
    using client = await NetTcpClient.open(folders.port, '/crashes')
    expect(await client.answer()).toBe('ack')
    const pid = await client.call('who')
    first.child.kill('SIGKILL')
    await first.finished
    expect(await client.call('who')).toBe(pid)

    const second = await serving(folders)
    expect(await callOnce(folders.port, '/crashes', 'who')).toBe(pid)
    expect(await client.call('who')).toBe(pid)
    await client.finish()
    expect((await portico('stop', '--home', folders.home)).code).toBe(0)
    expect((await second.finished).code).toBe(0)
    expect(processesOf(folders.home)).toEqual([])
  })
})

describe("PM2's daemon", () => {
  test('that is killed is noticed; connections and worker processes go on, and it is started again when needed', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { one: 'crashes', two: 'crashes' },
      pools: '<add name="DefaultAppPool"/><add name="Other"/>',
      applications: '<application path="/two" applicationPool="Other"/>',
    })
    const before = await portico.call('/one', 'who')
    using client = await portico.open('/one')
    expect(await client.answer()).toBe('ack')
    process.kill(daemonOf(portico.service.options.home.pm2)?.pid ?? 0, 'SIGKILL')
    await portico.event('pm2.lost')
    expect(await client.call('who')).toBe(before)
    expect(await portico.call('/one', 'who')).toBe(before)
    expect(await portico.call('/two', 'who')).toMatch(/^\d+$/)
    expect(portico.events.filter(({ event }) => event === 'pm2.started')).toHaveLength(2)
    expect(await portico.call('/one', 'crash')).toBeUndefined()
    expect(await portico.call('/one', 'who')).toMatch(/^\d+$/)
  })

  test('that is ended in an orderly way takes its worker processes along, and the next connection starts one', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { crashes: 'crashes' } })
    const before = await portico.call('/crashes', 'who')
    process.kill(daemonOf(portico.service.options.home.pm2)?.pid ?? 0, 'SIGTERM')
    await portico.event('pm2.lost')
    await portico.event('worker.exited')
    const after = await portico.call('/crashes', 'who')
    expect(Number(after)).toBeGreaterThan(0)
    expect(after).not.toBe(before)
  })
})
