import { expect, test } from 'vitest'
import { PeerGate } from '#handoff/peer-gate.ts'
import { ManualClock } from '../../support/manual-clock.ts'

test('an account has a bounded number of silent connections; others are not concerned', () => {
  const gate = new PeerGate(new ManualClock())
  const inside = Array.from({ length: 256 }, () => gate.enter(1000))
  expect(inside).not.toContain(undefined)
  expect(gate.enter(1000)).toBeUndefined()
  expect(gate.enter(1001)).toBeDefined()
  inside[0]?.[Symbol.dispose]()
  inside[0]?.[Symbol.dispose]()
  expect(gate.enter(1000)).toBeDefined()
  expect(gate.enter(1000)).toBeUndefined()
  expect(gate.turnedAway).toBe(2)
})

test('an account that is refused often is answered a hundred times a second, and turned away besides', () => {
  const clock = new ManualClock()
  const gate = new PeerGate(clock)
  const knock = () => {
    using inside = gate.enter(1000)
    if (inside) gate.refused(1000)
    return inside !== undefined
  }
  expect(Array.from({ length: 150 }, knock).filter(Boolean)).toHaveLength(100)
  expect(gate.enter(1001)).toBeDefined()
  clock.turn(1_000)
  expect(knock()).toBe(true)
  expect(gate.turnedAway).toBe(50)
})
