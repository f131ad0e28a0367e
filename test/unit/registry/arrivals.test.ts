import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Arrivals } from '#registry/arrivals.ts'
import { SkippableClock } from '../../support/skippable-clock.ts'

let folder: string
const never = new AbortController().signal

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portico-arrivals-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Whether `promise` has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await new Promise(setImmediate)
  return (await Promise.race([promise.catch(() => {}), Promise.resolve(pending)])) !== pending
}

test('a folder that did not appear while Portico runs is complete', async () => {
  await new Arrivals(new SkippableClock()).settled('/app', folder, 1_000, never)
})

test('a folder that was copied some time ago is complete at once', async () => {
  const clock = new SkippableClock()
  const arrivals = new Arrivals(clock)
  writeFileSync(join(folder, 'index.mjs'), '')
  arrivals.appeared(folder)
  clock.skip(10_000)
  await arrivals.settled('/app', folder, 1_000, never)
  expect(clock.pending).toBe(0)
})

test('a folder in which a file deep below changes is waited for until nothing has changed for half a second', async () => {
  const clock = new SkippableClock()
  const arrivals = new Arrivals(clock)
  mkdirSync(join(folder, 'node_modules/deep'), { recursive: true })
  arrivals.appeared(folder)
  clock.skip(10_000)
  writeFileSync(join(folder, 'node_modules/deep/part.js'), '')
  const back = new SkippableClock() // the file's time of change is the system's
  const fresh = new Arrivals(back)
  fresh.appeared(folder)
  const settled = fresh.settled('/app', folder, 60_000, never)
  await expect.poll(() => back.pending).toBe(1)
  expect(await isSettled(settled)).toBe(false)
  back.skip(500)
  await settled
})

test('everybody who waits for a folder waits for one look', async () => {
  const clock = new SkippableClock()
  const arrivals = new Arrivals(clock)
  writeFileSync(join(folder, 'index.mjs'), '')
  arrivals.appeared(folder)
  const all = Array.from({ length: 100 }, () => arrivals.settled('/app', folder, 60_000, never))
  await expect.poll(() => clock.pending).toBe(1)
  clock.skip(500)
  await Promise.all(all)
})

test('a folder that keeps changing is given up after the limit, and the next connection looks again', async () => {
  const clock = new SkippableClock()
  const arrivals = new Arrivals(clock)
  writeFileSync(join(folder, 'log'), '')
  arrivals.appeared(folder)
  // No time to be quiet in.
  await expect(arrivals.settled('/app', folder, 0, never)).rejects.toMatchObject({ code: 'APPLICATION_STILL_ARRIVING' })
  clock.skip(10_000)
  await arrivals.settled('/app', folder, 1_000, never)
})

test('an empty folder is waited for as long, and then left to the loader', async () => {
  const clock = new SkippableClock()
  const arrivals = new Arrivals(clock)
  arrivals.appeared(folder)
  const settled = arrivals.settled('/app', folder, 1_000, never)
  await expect.poll(() => clock.pending).toBe(1)
  expect(await isSettled(settled)).toBe(false)
  clock.skip(2_000)
  await settled
})
