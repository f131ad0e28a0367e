import { expect, test } from 'vitest'
import { Restraint } from '#base/restraint.ts'
import { ManualClock } from '../../support/manual-clock.ts'

test('what happens often is written so many times within the interval, and then with the number of those left out', () => {
  const clock = new ManualClock()
  const restraint = new Restraint(clock, { events: 2, interval: 1_000 })
  const often = (kind: string, times: number) => Array.from({ length: times }, () => restraint.leftOut(kind))
  expect(often('a', 5)).toEqual([0, 0, undefined, undefined, undefined])
  expect(often('b', 1)).toEqual([0])
  clock.turn(1_001)
  expect(often('a', 3)).toEqual([3, 0, undefined])
  expect(often('b', 1)).toEqual([0])
})

test('kinds without end take no memory without end', () => {
  const restraint = new Restraint(new ManualClock(), { events: 1, interval: 1_000 })
  for (let n = 0; n < 5_000; n++) restraint.leftOut(`kind ${n}`)
  expect(restraint.leftOut('kind 0')).toBe(0) // forgotten meanwhile
  expect(restraint.leftOut('kind 4999')).toBeUndefined()
})
