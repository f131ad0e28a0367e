import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PoolLogBounds } from '#main/pool-log-bounds.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ownFolder } from '../../support/unix-pair.ts'

/** The log of a pool whose worker process has it open, and who bounds it to 1,000 bytes. */
function pool() {
  const folder = ownFolder()
  const file = join(folder, 'pool-Pool.log')
  const worker = openSync(file, 'a')
  onTestFinished(() => closeSync(worker))
  const clock = new ManualClock()
  const log = new KeptLog()
  const written = [{ pool: 'Pool', file }]
  const bounds = new PoolLogBounds({ clock, log, written: () => written, longest: 1_000 })
  const prints = (text: string) => void writeSync(worker, text)
  return { folder, file, clock, log, written, bounds, prints, read: () => readFileSync(file, 'utf8') }
}

test('a log that is too long begins anew, its end is kept beside it, and who writes goes on', async () => {
  const { folder, file, bounds, log, prints, read } = pool()
  prints(`${'x'.repeat(5_000)}the end\n`)
  bounds.began()
  await bounds.looked()
  expect(statSync(file).size).toBe(0)
  expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/^x{992}the end\n$/)
  expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600)
  prints('after it\n')
  expect(read()).toBe('after it\n')
  expect(log.named('pool.logBegun')).toEqual([{ pool: 'Pool', file, bytes: 5_008, kept: 1_000 }])
  expect(readdirSync(folder)).toEqual(['pool-Pool.log', 'pool-Pool.log.1'])
})

test('it is looked at every five seconds, as long as worker processes run', async () => {
  const { clock, bounds, prints, read, written } = pool()
  bounds.began()
  await bounds.looked()
  for (let n = 1; n <= 3; n++) {
    prints('x'.repeat(1_001))
    clock.turn(5_000)
    await bounds.looked()
    expect(read()).toBe('')
  }
  written.pop()
  clock.turn(5_000)
  expect(clock.pending).toBe(0)
})

test('one that is as long as it may be stays as it is', async () => {
  const { file, bounds, prints, read } = pool()
  prints('x'.repeat(1_000))
  bounds.began()
  await bounds.looked()
  expect(read()).toHaveLength(1_000)
  expect(existsSync(`${file}.1`)).toBe(false)
})

test('what can not be kept, because the disk is full or something is in the way, is let go: the bound counts more', async () => {
  const { file, bounds, log, prints, read } = pool()
  mkdirSync(`${file}.1`)
  prints('x'.repeat(1_001))
  bounds.began()
  await bounds.looked()
  expect(read()).toBe('')
  expect(log.events.map(({ event }) => event)).toEqual(['pool.logNotKept', 'pool.logBegun'])
})

test('a log that is not there, or of a pool that ends, disturbs nobody', async () => {
  const { bounds, written, clock, log } = pool()
  written[0] = { pool: 'Other', file: '/nowhere/pool-Other.log' }
  bounds.began()
  await bounds[Symbol.asyncDispose]()
  bounds.began()
  expect(clock.pending).toBe(0)
  expect(log.events).toEqual([])
})
