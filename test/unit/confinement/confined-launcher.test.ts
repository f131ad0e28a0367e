import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { LaunchedProcess, Launcher, LauncherEvents } from '#activation/launcher.ts'
import { ConfinedLauncher } from '#confinement/confined-launcher.ts'
import type { Confiner } from '#confinement/confiner.ts'

const order = {
  worker: 'w1',
  pool: 'Pool',
  command: ['node'] as const,
  cwd: '/',
  env: { POOL: 'Pool' },
  logFile: '/dev/null',
}
const process: LaunchedProcess = { worker: 'w1', pid: 4711, startedAt: 0, env: { POOL: 'Pool' } }

/** A launcher and a confinement that note what is asked of them, in order. */
function underTest() {
  const deeds: string[] = []
  const events = new EventEmitter<LauncherEvents>()
  const entering = Promise.withResolvers<void>()
  const launcher: Launcher = {
    on: (event, listener) => void events.on(event, listener as never),
    describe: () => 'PM2',
    launch: async () => process,
    assign: async () => process,
    remove: async () => void deeds.push('removed'),
    release: async () => void deeds.push('released'),
    survivors: async () => [process, { ...process, worker: 'w2', env: {} }],
    shutdown: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
  const confiner: Pick<Confiner, 'confine' | 'confineStandby' | 'ended' | 'release' | 'sweep'> = {
    async confine(worker, pool, pid, standby) {
      deeds.push(`${worker} of ${pool} is ${pid}${standby === undefined ? '' : `, which was ${standby}`}`)
      await entering.promise
    },
    confineStandby: async (standby, pid) => void deeds.push(`${standby} is ${pid} and of no pool yet`),
    ended: (_worker, how) => `${how}, and no child of it lives`,
    release: (worker) => void deeds.push(`${worker} keeps its children`),
    sweep: () => void deeds.push('swept'),
  }
  const confined = new ConfinedLauncher(launcher, confiner, ({ POOL }) => POOL)
  return { confined, deeds, exited: (how: string) => events.emit('exited', 'w1', how), entered: entering.resolve }
}

const signal = new AbortController().signal

test.each([
  ['a process', (confined: ConfinedLauncher) => confined.launch(order, signal), 'w1 of Pool is 4711'],
  [
    'a standby process that becomes one',
    (confined: ConfinedLauncher) => confined.assign('standby-1', order, () => {}),
    'w1 of Pool is 4711, which was standby-1',
  ],
])('nobody knows %s before it is confined', async (_, start, deed) => {
  const { confined, deeds, entered } = underTest()
  const launch = start(confined)
  await expect.poll(() => deeds).toEqual([deed])
  expect(await Promise.race([launch, Promise.resolve('not yet')])).toBe('not yet')
  entered()
  expect(await launch).toBe(process)
})

test('a standby process is of no pool, and its pool hears which one it was', async () => {
  const { confined, deeds, entered } = underTest()
  entered()
  await confined.launch({ ...order, worker: 'standby-1', env: {} }, signal)
  await confined.assign('standby-1', order, () => {})
  expect(deeds).toEqual(['w1 is 4711 and of no pool yet', 'w1 of Pool is 4711, which was standby-1'])
})

test('an end is told when what was left running has been ended', async () => {
  const { confined, exited, entered } = underTest()
  const told: unknown[] = []
  confined.on('exited', (...args) => told.push(args))
  entered()
  await confined.launch(order, signal)
  exited('exit code 3')
  expect(told).toEqual([['w1', 'exit code 3, and no child of it lives']])
})

test('the end of a process that is being confined is told once whoever launched it knows it', async () => {
  const { confined, exited, entered } = underTest()
  const told: unknown[] = []
  const next = new Promise<void>((resolve) =>
    confined.on('exited', (...args) => {
      told.push(args)
      resolve()
    }),
  )
  const launch = confined.launch(order, signal)
  await Promise.resolve()
  exited('exit code 3')
  entered()
  await launch
  expect(told).toEqual([])
  await next
  expect(told).toEqual([['w1', 'exit code 3, and no child of it lives']])
})

test('survivors are confined again, and what others left is ended', async () => {
  const { confined, deeds, entered } = underTest()
  entered()
  expect(await confined.survivors()).toHaveLength(2)
  expect(deeds).toEqual(['w1 of Pool is 4711', 'swept'])
})

test('a process that is left to itself keeps its children', async () => {
  const { confined, deeds } = underTest()
  await confined.release('w1')
  expect(deeds).toEqual(['released', 'w1 keeps its children'])
})
