import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextPool } from '#activation/pool-state.ts'
import { canTakeMore, hasEndedAsExpected, next, type WorkerEvent, type WorkerState } from '#activation/worker-state.ts'

const at = 1
const turned = (...events: WorkerEvent[]) => events.reduce<WorkerState>(next, { is: 'launching', since: 0 })
const connected: WorkerEvent = { type: 'connected', at }
const registered: WorkerEvent = { type: 'applicationRegistered', at }
const drain: WorkerEvent = { type: 'drainAsked', at, why: 'idle' }
const left: WorkerEvent = { type: 'left', at }
const exited: WorkerEvent = { type: 'processExited', at, how: 'exit code 0' }

const suspended: WorkerEvent = { type: 'suspended', at }
const resumed: WorkerEvent = { type: 'resumed', at: 2 }

describe('a worker process', () => {
  test('goes from launching to connected, ready, draining, stopping and exited, with the reason at each turn', () => {
    expect(turned(connected)).toEqual({ is: 'connected', since: at })
    expect(turned(connected, registered)).toEqual({ is: 'ready', since: at })
    expect(turned(connected, registered, drain)).toEqual({ is: 'draining', since: at, why: 'idle' })
    expect(turned(connected, registered, drain, left)).toEqual({ is: 'stopping', since: at, why: 'idle' })
    expect(turned(connected, registered, drain, left, exited)).toMatchObject({ is: 'exited', expected: true })
  })

  test('that ends unasked has not ended as expected', () => {
    expect(hasEndedAsExpected(turned(connected, registered, exited))).toBe(false)
    expect(hasEndedAsExpected(turned(connected, { type: 'endAsked', at, why: 'channelLost' }, exited))).toBe(false)
    expect(hasEndedAsExpected(turned(connected, { type: 'endAsked', at, why: 'shutdownTimeLimit' }, exited))).toBe(true)
  })

  test('that has no channel yet can only be stopped, not drained', () => {
    expect(turned(drain)).toMatchObject({ is: 'stopping', why: 'idle' })
  })

  test('that is suspended takes what comes, and is afterwards what it was before', () => {
    expect(turned(connected, registered, suspended)).toEqual({ is: 'suspended', since: at, was: 'ready' })
    expect(canTakeMore(turned(connected, suspended))).toBe(true)
    expect(turned(connected, registered, suspended, resumed)).toEqual({ is: 'ready', since: 2 })
    expect(turned(connected, suspended, resumed)).toEqual({ is: 'connected', since: 2 })
    expect(turned(connected, suspended, exited)).toMatchObject({ is: 'exited', expected: false })
  })

  test('can only be suspended while it runs and takes what comes', () => {
    expect(turned(suspended)).toMatchObject({ is: 'launching' })
    expect(turned(connected, drain, suspended)).toMatchObject({ is: 'draining' })
    expect(turned(connected, drain, left, suspended)).toMatchObject({ is: 'stopping' })
  })

  const event: fc.Arbitrary<WorkerEvent> = fc.constantFrom<WorkerEvent>(
    connected,
    registered,
    suspended,
    resumed,
    drain,
    left,
    exited,
    { type: 'endAsked', at, why: 'notResponding' },
    { type: 'endAsked', at, why: 'channelLost' },
    { type: 'drainAsked', at, why: 'shutdown' },
  )
  const order = ['launching', 'connected', 'ready', 'draining', 'stopping', 'exited']
  const rank = (state: WorkerState) => order.indexOf(state.is === 'suspended' ? state.was : state.is)

  test('never goes back but from its suspension, and takes nothing more once it drains, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let state: WorkerState = { is: 'launching', since: 0 }
        for (const each of events) {
          const then = next(state, each)
          expect(rank(then)).toBeGreaterThanOrEqual(rank(state))
          if (!canTakeMore(state)) expect(canTakeMore(then)).toBe(false)
          if (state.is === 'exited') expect(then).toBe(state)
          state = then
        }
      }),
    )
  })
})

test('a pool that is stopping is stopped when its last worker process has exited', () => {
  const stopping = nextPool({ is: 'started' }, { type: 'stopAsked', why: 'shutdown' })
  expect(stopping).toEqual({ is: 'stopping', why: 'shutdown' })
  expect(nextPool(stopping, { type: 'lastWorkerExited' })).toEqual({ is: 'stopped', why: 'shutdown' })
  expect(nextPool({ is: 'started' }, { type: 'lastWorkerExited' })).toEqual({ is: 'started' })
})
