import { describe, expect, test } from 'vitest'
import { type CpuWindow, look } from '#confinement/cpu-budget.ts'
import { CpuWatch } from '#confinement/cpu-watch.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** A quarter of two processors: half a minute of processor time in each minute. */
const rules = { limit: 25_000, processors: 2, interval: 60_000 }
const fresh: CpuWindow = { beganAt: 0, usedBefore: 0, isOver: false }

test('the limit is reached when its share of all processors over the interval has been used, and told once', () => {
  const before = look(fresh, rules, 20_000, 29_999)
  expect(before).toMatchObject({ reached: false, window: { isOver: false } })
  const reached = look(before.window, rules, 21_000, 30_000)
  expect(reached).toMatchObject({ reached: true, next: 39_000, window: { isOver: true } })
  expect(look(reached.window, rules, 22_000, 35_000)).toMatchObject({ reached: false, window: { isOver: true } })
})

test('the next interval begins with nothing used', () => {
  const after = look({ beganAt: 0, usedBefore: 0, isOver: true }, rules, 60_000, 50_000)
  expect(after).toMatchObject({ reached: false, window: { beganAt: 60_000, usedBefore: 50_000, isOver: false } })
  expect(look(after.window, rules, 70_000, 79_999).reached).toBe(false)
  expect(look(after.window, rules, 70_000, 80_000).reached).toBe(true)
})

test('it looks no sooner than the limit can be reached, but not more than once a second, and at the end of the interval', () => {
  expect(look(fresh, rules, 0, 0).next).toBe(15_000)
  expect(look(fresh, rules, 100, 29_999).next).toBe(1_000)
  expect(look(fresh, rules, 50_000, 100).next).toBe(10_000)
})

describe('the watch', () => {
  function watched() {
    const clock = new ManualClock()
    const told: number[] = []
    let used = 0
    const watch = new CpuWatch(rules, { clock, used: () => used, reached: (until) => told.push(until) })
    return { clock, told, watch, use: (ms: number) => (used += ms) }
  }

  test('says until when the pool has used up what it has, and no longer', () => {
    const { clock, told, watch, use } = watched()
    use(30_000)
    clock.turn(15_000)
    expect(told).toEqual([60_000])
    expect(watch.until).toBe(60_000)
    expect(watch.percent).toBe(25)
    clock.turn(45_000)
    expect(watch.until).toBeUndefined()
  })

  test('is quiet about a pool that stays below, for as many intervals as there are', () => {
    const { clock, told, use } = watched()
    for (let interval = 0; interval < 5; interval++) {
      use(29_000)
      clock.turn(60_000)
    }
    expect(told).toEqual([])
  })

  test('leaves no timer behind', () => {
    const { clock, watch } = watched()
    watch[Symbol.dispose]()
    expect(clock.pending).toBe(0)
  })
})
