/** When a worker process is due to be replaced, and how long until it may be. */
import { describe, expect, test } from 'vitest'
import type { RecyclingSettings } from '#activation/pool-settings.ts'
import { nextOccurrence, type RecycleFacts, recycleDue, untilNextLook } from '#activation/recycle-due.ts'
import { settings } from '../../support/fake-workers.ts'

const hour = 3_600_000
const noon = new Date(2026, 10, 26, 12).getTime()
const facts: RecycleFacts = {
  age: hour,
  requests: 10,
  virtualMemory: 1000,
  privateMemory: 100,
  lookedAt: noon - 60_000,
  now: noon,
}
const due = (changes: Partial<RecyclingSettings>, more: Partial<RecycleFacts> = {}) =>
  recycleDue({ ...settings.recycling, ...changes }, { ...facts, ...more })

describe('a worker process is due', () => {
  test.each<[string, Partial<RecyclingSettings>, string | undefined]>([
    ['never, when everything is off', {}, undefined],
    ['at its age', { time: hour }, 'Time'],
    ['not before its age', { time: hour + 1 }, undefined],
    ['at its number of requests', { requests: 10 }, 'Requests'],
    ['not before that number', { requests: 11 }, undefined],
    ['at its virtual memory', { memory: 1000 }, 'Memory'],
    ['not below it', { memory: 1001 }, undefined],
    ['at its private memory', { privateMemory: 100 }, 'PrivateMemory'],
    ['at a scheduled time between two looks', { schedule: [12 * hour - 30_000] }, 'Schedule'],
    ['at exactly the scheduled time', { schedule: [12 * hour] }, 'Schedule'],
    ['not again for the time of the last look', { schedule: [12 * hour - 60_000] }, undefined],
    ['not before the scheduled time', { schedule: [12 * hour + 1000] }, undefined],
  ])('%s', (_, changes, expected) => {
    expect(due(changes)).toBe(expected)
  })

  test('for nothing that can not be found out', () => {
    expect(due({ memory: 1, privateMemory: 1 }, { virtualMemory: undefined, privateMemory: undefined })).toBeUndefined()
  })

  test('once, however far the clock jumps ahead, and not when it jumps back', () => {
    expect(due({ schedule: [hour] }, { now: noon + 1000 * hour })).toBe('Schedule')
    expect(due({ schedule: [hour] }, { now: noon - 1000 * hour })).toBeUndefined()
  })
})

describe('the next look', () => {
  test('is at the age or the scheduled time that comes first', () => {
    const until = (changes: Partial<RecyclingSettings>) =>
      untilNextLook({ ...settings.recycling, ...changes }, { age: hour, now: noon })
    expect(until({})).toBe(Number.POSITIVE_INFINITY)
    expect(until({ time: 3 * hour })).toBe(2 * hour)
    expect(until({ time: 3 * hour, schedule: [13 * hour, 14 * hour] })).toBe(hour)
    expect(until({ time: 1 })).toBe(0)
  })
})

describe('a time of day', () => {
  test.each([
    ['later today', 13 * hour, new Date(2026, 10, 26, 13)],
    ['tomorrow, when it is over today', 11 * hour, new Date(2026, 10, 27, 11)],
    ['tomorrow, when it is now', 12 * hour, new Date(2026, 10, 27, 12)],
    ['midnight', 0, new Date(2026, 10, 27, 0)],
  ])('comes %s', (_, time, expected) => {
    expect(nextOccurrence(time, noon)).toBe(expected.getTime())
  })
})
