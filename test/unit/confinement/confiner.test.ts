import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isPorticoError } from '#base/errors.ts'
import { markVariable } from '#confinement/confiner.ts'
import { ConfinementUnderTest } from '../../support/confinement.ts'

/** A process that does nothing. */
function process(env: Readonly<Record<string, string>> = {}): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['1000'], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { pid } = child
  if (pid === undefined) throw new Error('it was not started')
  return Object.assign(child, { pid })
}

const limitsOf = ({ confiner }: ConfinementUnderTest) =>
  confiner.limitsOf('pool').map(({ of, by, problem }) => [of, by ?? problem?.message])

describe('where the controllers were given to Portico', () => {
  test('a throttled pool has a cap that follows the configuration', () => {
    const { test, pool } = ConfinementUnderTest.delegated()
    test.configure({ cpu: { limit: 25_000, action: 'Throttle' } })
    expect(pool.read('cpu.max')).toBe('100000 100000') // a quarter of four
    expect(limitsOf(test)).toEqual([['cpu', 'cgroup v2, cpu.max 100000 100000']])
    test.configure({ cpu: { limit: 50_000, action: 'Throttle' } })
    expect(pool.read('cpu.max')).toBe('200000 100000')
    test.configure({})
    expect(pool.read('cpu.max')).toMatch(/^max/)
    expect(limitsOf(test)).toEqual([])
  })

  test('one that is throttled under load has a weight', () => {
    const { test, pool } = ConfinementUnderTest.delegated()
    test.configure({ cpu: { limit: 25_000, action: 'ThrottleUnderLoad' } })
    expect(pool.read('cpu.weight')).toMatch(/^25/)
    expect(pool.read('cpu.max')).toMatch(/^max/)
  })

  test('a worker process has walls of its own, which follow the configuration while it runs', async () => {
    const { test, worker } = ConfinementUnderTest.delegated()
    test.configure({ memory: 1000, processes: 50 })
    const { pid } = process()
    await test.confiner.confine('w1', 'POOL', pid)
    const walls = () =>
      ['memory.max', 'memory.swap.max', 'memory.oom.group', 'pids.max'].map((file) =>
        Number.parseInt(worker.read(file) ?? '', 10),
      )
    expect(walls()).toEqual([1_024_000, 0, 1, 50])
    expect(Number.parseInt(worker.read('cgroup.procs') ?? '', 10)).toBe(pid)
    test.configure({ memory: 2000, processes: 60 }, 'Suspend')
    await expect.poll(walls).toEqual([2_048_000, 2_048_000, 1, 60])
  })

  test.each([
    ['memory.events', 'oom_kill 1', 'reached its memory limit of 1000 KB (signal SIGKILL)'],
    ['pids.events', 'max 3', 'had met its limit of 50 processes and threads (signal SIGKILL)'],
  ])('what the kernel counts in %s belongs to the story of its end', async (file, count, story) => {
    const { test, worker } = ConfinementUnderTest.delegated()
    test.configure({ memory: 1000, processes: 50 })
    await test.confiner.confine('w1', 'Pool', process().pid)
    worker.write(file, `${count}\n`)
    expect(test.confiner.ended('w1', 'signal SIGKILL')).toBe(story)
  })

  test('an end of another kind is told as it was', async () => {
    const { test } = ConfinementUnderTest.delegated()
    test.configure({ memory: 1000 })
    await test.confiner.confine('w1', 'Pool', process().pid)
    expect(test.confiner.ended('w1', 'exit code 3')).toBe('exit code 3')
  })
})

describe('where they were not', () => {
  test('a pool runs without the limits that need them, which is told once, and until when it is so', () => {
    const { test, pool } = ConfinementUnderTest.delegated('io')
    const changes = { cpu: { limit: 25_000, action: 'Throttle' }, processes: 50 } as const
    test.configure(changes)
    test.configure(changes)
    expect(limitsOf(test).map(([of]) => of)).toEqual(['cpu', 'processes'])
    expect(test.named('pool.limitNotInForce')).toHaveLength(2)
    expect(limitsOf(test)[0]?.[1]).toContain('has not been given the cpu controller (it has io)')
    pool.parent.parent.write('cgroup.controllers', 'cpu memory pids\n')
    test.configure(changes)
    expect(limitsOf(test).map(([, by]) => by)).toEqual(['cgroup v2, cpu.max 100000 100000', 'cgroup v2, pids.max'])
  })

  test('memory is looked at every second, and who has more than it may is ended, once', async () => {
    const test = new ConfinementUnderTest()
    test.configure({ memory: 1 })
    expect(limitsOf(test)).toEqual([['memory', 'looked at every second']])
    await test.confiner.confine('w1', 'Pool', process().pid)
    test.clock.turn(999)
    expect(test.ended).toEqual([])
    test.clock.turn(1)
    test.clock.turn(1_000)
    expect(test.ended).toEqual([['memoryLimit', 'Pool', 'w1']])
    expect(test.confiner.ended('w1', 'signal SIGKILL')).toBe('reached its memory limit of 1 KB (signal SIGKILL)')
  })

  test('one that has less is left alone, and without limits nobody looks', async () => {
    const test = new ConfinementUnderTest()
    test.configure({ memory: 1_000_000 })
    await test.confiner.confine('w1', 'Pool', process().pid)
    test.clock.turn(10_000)
    expect(test.ended).toEqual([])
    test.configure({})
    expect(test.clock.pending).toBe(0)
  })

  test('what a worker process left running is found by its mark, and only that', async () => {
    const test = new ConfinementUnderTest()
    test.configure({})
    const [left, others] = [process({ [markVariable]: 'w1' }), process({ [markVariable]: 'w10' })]
    await Promise.all([once(left, 'spawn'), once(others, 'spawn')])
    const ended = once(left, 'exit')
    expect(test.confiner.ended('w1', 'exit code 0')).toBe('exit code 0')
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(test.named('worker.childrenEnded')).toMatchObject([{ worker: 'w1', count: 1 }])
    expect(others.exitCode ?? others.signalCode).toBeNull()
  })
})

describe('a pool that has used up its processor time', () => {
  const quarter = { limit: 25_000, resetInterval: 60_000 } as const // a minute of processor time each minute

  function used(action: 'NoAction' | 'KillW3wp') {
    const { test, pool } = ConfinementUnderTest.delegated()
    test.configure({ cpu: { ...quarter, action } })
    pool.write('cpu.stat', 'usage_usec 60000000\n')
    test.clock.turn(15_000)
    return test
  }

  const refused = (test: ConfinementUnderTest) => {
    try {
      test.confiner.assertMayRun('pool')
      return undefined
    } catch (error) {
      return isPorticoError(error, 'POOL_CPU_USED_UP') ? error.args : error
    }
  }

  test('is told of, and goes on with NoAction', () => {
    const test = used('NoAction')
    expect(test.named('pool.cpuLimitReached')).toMatchObject([{ pool: 'Pool', limit: 25, seconds: 60 }])
    expect(test.ended).toEqual([])
    expect(refused(test)).toBeUndefined()
  })

  test('is ended with KillW3wp, and nothing of it starts until the interval ends', () => {
    const test = used('KillW3wp')
    expect(test.ended).toEqual([['cpuLimit', 'Pool', undefined]])
    expect(refused(test)).toMatchObject({ pool: 'Pool', limit: 25, until: new Date(60_000).toISOString() })
    test.clock.turn(45_000)
    expect(refused(test)).toBeUndefined()
  })

  test('may start at once when the limit is changed', () => {
    const test = used('KillW3wp')
    test.configure({ cpu: { ...quarter, limit: 30_000, action: 'KillW3wp' } })
    expect(refused(test)).toBeUndefined()
  })
})

test('masks that name no processor that Portico may use keep the pool from running', () => {
  const test = new ConfinementUnderTest({ none: 'none' }, [0, 1])
  const masks = { smpProcessorAffinityMask: 0b100, smpProcessorAffinityMask2: 0 }
  test.configure({ cpu: masks })
  expect(() => test.confiner.assertMayRun('Pool')).not.toThrow()
  test.configure({ cpu: { ...masks, smpAffinitized: true } })
  expect(() => test.confiner.assertMayRun('Pool')).toThrow('0x4 and 0x0 of application pool Pool name no processor')
})

test('a process that is gone before it is confined is no failure of the pool', async () => {
  const test = new ConfinementUnderTest({ none: 'none' }, [0])
  test.configure({ cpu: { smpAffinitized: true } })
  await test.confiner.confine('w1', 'Pool', 2 ** 22) // beyond the greatest pid
  expect(test.named('worker.notConfined')).toEqual([])
})
