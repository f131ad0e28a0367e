import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Arrivals } from '#registry/arrivals.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const patient = new AbortController().signal

/** A clock that begins with the kernel's time of the file's last change. */
class ClockFrom extends ManualClock {
  readonly #begin: number

  constructor(path: string) {
    super()
    this.#begin = statSync(path).ctimeMs
  }

  override now(): number {
    return this.#begin + super.now()
  }
}

/** A folder with a file that has changed just now, and a look at its arrival. */
function arriving({ empty = false, limit = 90_000 } = {}) {
  const folder = join(ownFolder(), 'app')
  mkdirSync(folder)
  const file = join(folder, 'index.ts')
  if (!empty) writeFileSync(file, 'one')
  const clock = new ClockFrom(empty ? folder : file)
  const arrivals = new Arrivals(clock)
  arrivals.appeared(folder)
  let settled = false
  const settle = (signal = patient) =>
    arrivals.settled('/app', folder, limit, signal).then(() => {
      settled = true
    })
  /** Lets a time pass in small steps, and what follows from each happen. */
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 10) {
      while (!settled && clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
      clock.turn(10)
    }
  }
  return { folder, file, clock, arrivals, settle, pass, isSettled: () => settled }
}

test('a folder is complete when nothing has changed in it for half a second', async () => {
  const { settle, pass, isSettled } = arriving()
  const over = settle()
  await pass(490)
  expect(isSettled()).toBe(false)
  await pass(20)
  await over
})

test('a file that changes keeps the folder from being complete, whatever time the copy gives it', async () => {
  const { settle, pass, isSettled, file, clock } = arriving()
  const over = settle()
  await pass(400)
  const before = statSync(file).ctimeMs
  // The kernel's clock moves with real time, the test's by hand: the file changes once real time has moved on.
  while (statSync(file).ctimeMs <= before + 50) {
    writeFileSync(file, 'two')
    utimesSync(file, 1, 1)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await pass(100)
  expect(isSettled()).toBe(false)
  await pass(statSync(file).ctimeMs + 500 - clock.now() + 10)
  await over
})

test('files below count as well', async () => {
  const { settle, pass, folder, clock, isSettled } = arriving()
  mkdirSync(join(folder, 'lib', 'deep'), { recursive: true })
  const deep = join(folder, 'lib', 'deep', 'part.ts')
  for (;;) {
    writeFileSync(deep, 'x')
    if (statSync(deep).ctimeMs > clock.now() + 50) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  const over = settle()
  await pass(500)
  expect(isSettled()).toBe(false)
  await pass(statSync(deep).ctimeMs + 500 - clock.now() + 10)
  await over
})

test('several that wait share one look, and one that gives up leaves the others waiting', async () => {
  const { settle, pass, clock } = arriving()
  const impatient = new AbortController()
  const [first, second, third] = [settle(), settle(impatient.signal), settle()]
  await pass(10)
  expect(clock.pending).toBe(1)
  impatient.abort(new Error('the client has gone'))
  await expect(second).rejects.toThrow('the client has gone')
  await pass(500)
  await Promise.all([first, third])
})

test('files that never stop changing are an error after the limit, and the next one looks again', async () => {
  const { settle, pass, clock } = arriving({ limit: 300 })
  const over = settle()
  over.catch(() => {})
  await pass(300)
  await expect(over).rejects.toMatchObject({ code: 'APPLICATION_STILL_ARRIVING', args: { app: '/app', seconds: 0.3 } })
  const again = settle()
  await pass(300)
  await again
  expect(clock.pending).toBe(0)
})

test('an empty folder is waited for until the limit, and then it is for the loader to say what is missing', async () => {
  const { settle, pass, isSettled } = arriving({ empty: true, limit: 2000 })
  const over = settle()
  await pass(1990)
  expect(isSettled()).toBe(false)
  await pass(20)
  await over
})

test('a folder that was there long ago, or is gone again, is waited for by nobody', async () => {
  const { folder, arrivals, clock, file } = arriving()
  arrivals.gone(folder)
  await arrivals.settled('/app', folder, 1000, patient)
  clock.turn(60_001 + statSync(folder).ctimeMs - statSync(file).ctimeMs)
  arrivals.found(folder)
  arrivals.found(join(folder, 'nowhere'))
  await arrivals.settled('/app', folder, 1000, patient)
  expect(clock.pending).toBe(0)
})

test('a folder that was there already but changed a moment ago is waited for', async () => {
  const { folder, arrivals, settle, pass, isSettled } = arriving()
  arrivals.gone(folder)
  arrivals.found(folder)
  const over = settle()
  await pass(400)
  expect(isSettled()).toBe(false)
  await pass(110)
  await over
})

test('a folder that goes while Portico ends has not arrived', async () => {
  const { settle, arrivals, folder } = arriving()
  rmSync(folder, { recursive: true })
  const over = settle()
  arrivals[Symbol.dispose]()
  await expect(over).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
})
