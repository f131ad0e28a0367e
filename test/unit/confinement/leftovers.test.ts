/** What worker processes left running, in groups of the kernel itself, where this machine lets the tests make any. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '#base/clock.ts'
import { Confiner } from '#confinement/confiner.ts'
import { ownCgroup } from '#confinement/own-cgroup.ts'
import { Places } from '#confinement/places.ts'
import { workerVariable } from '#launcher/start-record.ts'
import { limited } from '../../support/confinement.ts'
import { settings } from '../../support/fake-workers.ts'

const place = ownCgroup()
const lacks = 'none' in place ? place.none : undefined
if (lacks !== undefined) process.stdout.write(`skipped: groups of the kernel, because ${lacks}\n`)

function underTest() {
  const events: string[] = []
  const write = (event: string) => events.push(event)
  const places = new Places(`/test-${process.pid}-${Math.random()}`, place)
  const confiner = new Confiner({
    clock: systemClock,
    log: { info: write, warn: write, error: write },
    places,
    processors: [0],
    machineProcessors: 1,
    nodes: () => [],
    end: () => {},
  })
  confiner.configure([settings])
  onTestFinished(async () => {
    places.root?.kill()
    await expect.poll(() => places.root?.remove()).toBe(true)
  })
  return { events, places, confiner }
}

function sleeping(env: Readonly<Record<string, string>> = {}): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['1000'], { env })
  const { pid } = child
  if (pid === undefined) throw new Error('it was not started')
  return Object.assign(child, { pid })
}

describe.skipIf(lacks !== undefined)('with groups of the kernel', () => {
  test('all that is in the group of a worker process ends with it, and the group goes', async () => {
    const { events, places, confiner } = underTest()
    const [worker, child] = [sleeping(), sleeping()]
    await confiner.confine('w1', 'Pool', worker.pid)
    const [group] = places.pool('Pool')?.children ?? []
    expect(group?.pids).toEqual([worker.pid])
    await group?.take(child.pid)
    const ended = Promise.all([once(worker, 'exit'), once(child, 'exit')])
    confiner.ended('w1', 'exit code 0')
    await ended
    expect(events).toEqual(['worker.childrenEnded'])
    await confiner[Symbol.asyncDispose]()
    expect(places.root?.children).toEqual([])
  })

  test('a process that is confined again, after a restart of Portico, is where it was', async () => {
    const { places, confiner } = underTest()
    const worker = sleeping()
    await confiner.confine('w1', 'Pool', worker.pid)
    await confiner.confine('w1', 'Pool', worker.pid)
    expect(places.root?.pids).toEqual([worker.pid])
  })

  test('a process that has ended before it is confined is no news', async () => {
    const { events, confiner } = underTest()
    await confiner.confine('w1', 'Pool', 2 ** 22) // beyond the greatest pid
    expect(events).toEqual([])
  })

  test('a sweep ends what worker processes left that have gone, and nothing that has its worker process', async () => {
    const { places, confiner } = underTest()
    const [left, orphan, survivor] = [sleeping(), sleeping({ [workerVariable]: 'w2' }), sleeping()]
    await Promise.all([left, orphan, survivor].map((child) => once(child, 'spawn')))
    await places.makeWorker('Pool', 'w1')?.take(left.pid)
    await places.makeWorker('Pool', 'w2')?.take(orphan.pid)
    await places.makeWorker('Gone', 'w0')
    await confiner.confine('w3', 'Pool', survivor.pid)
    const ended = once(left, 'exit')
    confiner.sweep()
    expect(await ended).toEqual([null, 'SIGKILL'])
    await expect.poll(() => places.root?.children.map(({ name }) => name)).toEqual(['pool-pool'])
    expect(places.root?.pids.sort()).toEqual([orphan.pid, survivor.pid].sort())
  })

  describe('a standby process has a group of its own', () => {
    const watched = limited({ cpu: { limit: 25_000, action: 'NoAction' } })

    async function taken(configured = settings) {
      const { places, confiner, events } = underTest()
      const standby = sleeping()
      await confiner.confineStandby('s1', standby.pid)
      expect(places.root?.child('standby').pids).toEqual([standby.pid])
      confiner.configure([configured])
      await confiner.confine('w1', 'Pool', standby.pid, 's1')
      const inPool = () => places.pool('Pool')?.pids ?? []
      const inStandby = () => places.root?.child('standby').children ?? []
      return { places, confiner, events, standby, inPool, inStandby }
    }

    test('in which it stays in a pool without limits, and which ends with it', async () => {
      const { confiner, standby, inPool, inStandby } = await taken()
      expect(inPool()).toEqual([])
      const child = sleeping()
      await inStandby()[0]?.take(child.pid)
      const ended = Promise.all([once(standby, 'exit'), once(child, 'exit')])
      confiner.ended('w1', 'exit code 0')
      await ended
      await confiner[Symbol.asyncDispose]()
      expect(inStandby()).toEqual([])
    })

    test('which it leaves for that of a pool with limits', async () => {
      const { standby, inPool, inStandby } = await taken(watched)
      expect(inPool()).toEqual([standby.pid])
      expect(inStandby()).toEqual([])
    })

    test('which it leaves with its children when the pool comes to have limits', async () => {
      const { confiner, standby, inPool, inStandby } = await taken()
      const child = sleeping()
      await inStandby()[0]?.take(child.pid)
      confiner.configure([watched])
      await expect.poll(inPool).toEqual([standby.pid, child.pid])
      await expect.poll(inStandby).toEqual([])
    })

    test('which goes when it ends before anybody needs it', async () => {
      const { places, confiner } = underTest()
      const standby = sleeping()
      await confiner.confineStandby('s1', standby.pid)
      standby.kill('SIGKILL')
      await once(standby, 'exit')
      confiner.ended('s1', 'signal SIGKILL')
      await expect.poll(() => places.root?.child('standby').children).toEqual([])
    })
  })

  test('one that is left to itself is not ended with anything', async () => {
    const { places, confiner } = underTest()
    const worker = sleeping()
    await confiner.confine('w1', 'Pool', worker.pid)
    confiner.release('w1')
    await confiner[Symbol.asyncDispose]()
    expect(places.root?.pids).toEqual([worker.pid])
  })
})
