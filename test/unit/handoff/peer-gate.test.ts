import { expect, test } from 'vitest'
import { PeerGate, type TurnedAway, type Visit } from '#handoff/peer-gate.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const mostRegistrations = 100

function letIn(entered: Visit | TurnedAway): Visit {
  if ('because' in entered) throw new Error(`it has too many ${entered.because}`)
  return entered
}

test('an account has a bounded number of silent connections; others are not concerned', () => {
  const gate = new PeerGate(new ManualClock())
  const enter = (uid: number) => gate.enter(uid, mostRegistrations)
  const [first] = Array.from({ length: 256 }, () => letIn(enter(1000)))
  expect(enter(1000)).toEqual({ because: 'silent connections' })
  letIn(enter(1001))
  first?.spoke()
  first?.spoke()
  letIn(enter(1000))
  expect(enter(1000)).toEqual({ because: 'silent connections' })
  expect(gate.turnedAway).toBe(2)
})

test('an account has a bounded number of connections that have spoken: some more than registrations', () => {
  const gate = new PeerGate(new ManualClock())
  const enter = () => gate.enter(1000, mostRegistrations)
  const visits = Array.from({ length: 356 }, () => {
    const visit = letIn(enter())
    visit.spoke()
    return visit
  })
  expect(enter()).toEqual({ because: 'connections' })
  letIn(gate.enter(1001, mostRegistrations))
  for (let twice = 0; twice < 2; twice++) visits[0]?.[Symbol.dispose]()
  letIn(enter())
  expect(enter()).toEqual({ because: 'connections' })
})

test('an account that is refused often is answered a hundred times a second, and turned away besides', () => {
  const clock = new ManualClock()
  const gate = new PeerGate(clock)
  const knock = () => {
    const entered = gate.enter(1000, mostRegistrations)
    if ('because' in entered) return false
    gate.refused(1000)
    entered[Symbol.dispose]()
    return true
  }
  expect(Array.from({ length: 150 }, knock).filter(Boolean)).toHaveLength(100)
  letIn(gate.enter(1001, mostRegistrations))
  clock.turn(1_000)
  expect(knock()).toBe(true)
  expect(gate.turnedAway).toBe(50)
})
