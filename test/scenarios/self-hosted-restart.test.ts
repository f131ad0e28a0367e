/** What becomes of programs that share a port, and of their connections, when Portico ends and comes back. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { echoing, expectEcho, expectWhole, isOpen, opened, viaOf } from '../support/echoed-client.ts'
import { freePort, PorticoFolders, processesOf } from '../support/portico-folders.ts'
import { portico as command, type PorticoProcess, serving } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { SharingProgram } from '../support/sharing-program.ts'

describe('a program that shares a port, when portico serve', () => {
  async function running(folders: PorticoFolders): Promise<PorticoProcess> {
    const portico = await serving(folders)
    onTestFinished(async () => {
      portico.child.kill('SIGKILL')
      await portico.finished
    })
    return portico
  }

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'ends by %s and starts again, goes on with its connection and is registered again by itself',
    async (signal) => {
      using folders = await PorticoFolders.make()
      const first = await running(folders)
      const port = await freePort()
      const program = new SharingProgram(folders.home)
      await program.serve(`net.tcp://+:${port}/orders`)
      const client = await echoing(port, '/orders')
      first.child.kill(signal)
      await first.finished
      await program.event('lost')
      await expectEcho(client, 'without Portico')
      expect(await isOpen(port)).toBe(false)
      const second = await running(folders)
      expect(await program.event('registered')).toMatchObject({ registration: { uri: `net.tcp://+:${port}/orders` } })
      await expectEcho(client, 'with the next one')
      await expectEcho(await echoing(port, '/orders/new'), 'new')
      expect((await command('stop', '--home', folders.home)).code).toBe(0)
      expect((await second.finished).code).toBe(0)
      await expectEcho(client, 'and without that')
      expect(processesOf(folders.home)).toEqual([])
    },
  )

  test('is killed, and its address is somebody else’s afterwards, hears whose; its connection goes on', async () => {
    using folders = await PorticoFolders.make()
    const first = await running(folders)
    const port = await freePort()
    const [program, other] = [new SharingProgram(folders.home), new SharingProgram(folders.home)]
    await program.serve(`net.tcp://+:${port}/orders`)
    const client = await echoing(port, '/orders')
    program.child.kill('SIGSTOP') // it hears of the end when somebody else is back already
    first.child.kill('SIGKILL')
    await first.finished
    const second = await running(folders)
    await other.serve(`net.tcp://+:${port}/orders`)
    program.child.kill('SIGCONT')
    const refused = await program.event('refused')
    expect(refused).toMatchObject({
      status: 'ConflictingRegistration',
      message: expect.stringContaining(`process ${other.child.pid}`),
    })
    expect(refused.nextTryMs).toBeGreaterThan(0)
    await expectEcho(client, 'goes on')
    await expectEcho(await echoing(port, '/orders'), 'to the other')
    expect(await other.event('took')).toMatchObject({ via: viaOf(port, '/orders') })
    expect((await command('stop', '--home', folders.home)).code).toBe(0)
    expect((await second.finished).code).toBe(0)
  })

  test('stops in an orderly way, has 30 s to take what waits; then that is closed without a byte, and what it has goes on', async () => {
    await using portico = await PorticoUnderTest.start()
    const port = await freePort()
    const program = new SharingProgram(portico.folders.home)
    await program.share('slow', { uri: `net.tcp://+:${port}/slow`, binding: { maxPendingAccepts: 2 } })
    program.say({ do: 'take', name: 'slow', count: 1 })
    const [taken, late] = [await echoing(port, '/slow/taken'), await opened(port, '/slow/late')]
    const waiting = [await opened(port, '/slow/1'), await opened(port, '/slow/2')]
    await portico.until(({ registrations: [it] }) => it?.waiting === 3 && it.unacknowledged === 2)
    portico.service.stop()
    portico.clock.skip(29_000)
    program.say({ do: 'take', name: 'slow', count: 1 })
    await expectWhole(late, port, '/slow/late')
    portico.clock.skip(1_000)
    for (const client of waiting) expect(await client.answer()).toBe('closed')
    await portico.service.ended
    await program.event('lost')
    for (const client of [taken, late]) await expectEcho(client, 'without Portico')
  })
})
