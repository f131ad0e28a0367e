import { describe, expect, test } from 'vitest'
import { memoryInUse } from '#activation/machine-memory.ts'
import { idleShare, MemoryPressure } from '#activation/memory-pressure.ts'
import type { LogFields } from '#base/log.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function pressure() {
  const clock = new ManualClock()
  const events: [string, number | undefined][] = []
  const write = (event: string, { windowsEventId }: LogFields = {}) => events.push([event, windowsEventId])
  const machine = { inUse: 50 }
  const shares: number[] = []
  const memory: MemoryPressure = new MemoryPressure({
    clock,
    log: { info: write, warn: write, error: write },
    memoryInUse: () => machine.inUse,
    changed: () => shares.push(memory.share),
  })
  return { clock, events, machine, shares, memory }
}

test.each([
  [0, 1, 1],
  [79.9, 1, 1],
  [80, 1, 1 / 2],
  [85, 1, 1 / 4],
  [90, 1, 1 / 8],
  [95, 1, 1 / 16],
  [100, 1, 1 / 32],
  [250, 1 / 2, 1 / 32],
  [79.9, 1 / 8, 1 / 2],
  [75.1, 1 / 2, 1 / 2],
  [75, 1 / 2, 1],
  [Number.NaN, 1 / 2, 1],
])('at %d %% of the threshold, where %d of idle timeouts applied, %d applies', (load, before, share) => {
  expect(idleShare(load, before)).toBe(share)
})

describe('memory', () => {
  test('in use is what is not available and what was moved to swap, in percent of what there is', () => {
    const meminfo = ['MemTotal: 1000', 'MemAvailable: 250', 'SwapTotal: 800', 'SwapFree: 300']
    expect(memoryInUse(meminfo.map((line) => `${line} kB`.replace(': ', ':    ')).join('\n'))).toBe(125)
    expect(memoryInUse('')).toBeNaN()
    expect(memoryInUse()).toBeGreaterThan(0)
  })

  test('that gets scarce shortens idle timeouts, is told when that begins, gets grave and ends, and is looked at calmly', () => {
    const { clock, events, machine, shares, memory } = pressure()
    memory.configure(100)
    for (const inUse of [82, 86, 92, 96, 83, 60]) {
      machine.inUse = inUse
      clock.turn(29_999)
      clock.turn(1)
    }
    expect(shares).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 2, 1])
    expect(events).toEqual([
      ['memory.scarce', 5192],
      ['memory.scarce', 5193],
      ['memory.relieved', 5194],
    ])
    memory[Symbol.dispose]()
    expect(clock.pending).toBe(0)
  })

  test('is not looked at without a threshold, and idle timeouts are as configured when it is taken away', () => {
    const { clock, events, machine, memory } = pressure()
    expect(clock.pending).toBe(0)
    machine.inUse = 99
    memory.configure(100)
    expect(memory.share).toBe(1 / 16)
    memory.configure(0)
    expect([memory.share, clock.pending, events.at(-1)]).toEqual([1, 0, ['memory.relieved', 5194]])
  })
})
