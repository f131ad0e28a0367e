/** Rapid-fail protection over values. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Failure,
  failureOf,
  mayStart,
  nextProtection,
  type Protection,
  type ProtectionEvent,
  type ProtectionRules,
  trialDelay,
  unharmed,
} from '#activation/rapid-fail.ts'
import type { WorkerState } from '#activation/worker-state.ts'

const rules: ProtectionRules = { enabled: true, maxCrashes: 3, interval: 60_000, recovery: 'probe' }

const failed = (worker: string, at: number, cause = 'exit code 3'): ProtectionEvent => ({
  type: 'workerFailed',
  failure: { worker, at, cause },
})

const through = (events: readonly ProtectionEvent[], with_: ProtectionRules = rules, from: Protection = unharmed) =>
  events.reduce((state, event) => nextProtection(state, event, with_), from)

const opened = through([failed('a', 0), failed('b', 1), failed('c', 2)])

describe('failures', () => {
  test('open it with the last one of maxCrashes within the interval', () => {
    expect(through([failed('a', 0), failed('b', 1)])).toMatchObject({ is: 'closed' })
    expect(opened).toMatchObject({ is: 'open', until: 2 + trialDelay.first, trip: { crashes: 3 } })
  })

  test('that are older than the interval do not count', () => {
    expect(through([failed('a', 0), failed('b', 1), failed('c', 60_000)])).toMatchObject({
      is: 'closed',
      failures: [{ worker: 'b' }, { worker: 'c' }],
    })
  })

  test('of the same process count once, and the later word for its end is the better one', () => {
    const state = through([failed('a', 0, 'lost'), failed('a', 5, 'exit code 3'), failed('b', 6, 'lost')])
    expect(state).toMatchObject({ failures: [{ worker: 'a', at: 0, cause: 'exit code 3' }, { worker: 'b' }] })
    expect(through([failed('c', 2, 'signal SIGSEGV')], rules, opened)).toMatchObject({
      until: 2 + trialDelay.first,
      trip: { last: { cause: 'signal SIGSEGV' } },
    })
  })

  test('never open it where there is no protection', () => {
    const events = Array.from({ length: 100 }, (_, n) => failed(`w${n}`, n))
    expect(through(events, { ...rules, enabled: false })).toEqual(unharmed)
  })
})

describe('while it is open', () => {
  test('nothing starts before its time, then one', () => {
    const until = 2 + trialDelay.first
    expect(mayStart(opened, until - 1)).toBe(false)
    expect(mayStart(opened, until)).toBe(true)
    const probing = through([{ type: 'workerStarted', worker: 'd', at: 20_000 }], rules, opened)
    expect(mayStart(probing, until + 1_000_000)).toBe(false)
  })

  test('a trial that gets ready closes it, one that fails doubles the delay up to the greatest', () => {
    const probing = through([{ type: 'workerStarted', worker: 'd', at: 20_000 }], rules, opened)
    expect(through([{ type: 'workerReady', worker: 'd' }], rules, probing)).toEqual(unharmed)
    const delays: number[] = []
    let state: Protection = opened
    for (let n = 0; n < 6; n++) {
      const due = state.is === 'open' ? state.until : 0
      state = through([{ type: 'workerStarted', worker: `t${n}`, at: due }, failed(`t${n}`, due + 1000)], rules, state)
      if (state.is === 'open') delays.push(state.until - due - 1000)
    }
    expect(delays).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000])
  })

  test('a trial that ends without having failed is followed by another one after the same delay', () => {
    const left = through(
      [
        { type: 'workerStarted', worker: 'd', at: 20_000 },
        { type: 'workerLeft', worker: 'd', at: 50_000 },
      ],
      rules,
      opened,
    )
    expect(left).toMatchObject({ is: 'open', until: 50_000 + trialDelay.first })
  })

  test('other worker processes neither close it nor prolong it', () => {
    const probing = through([{ type: 'workerStarted', worker: 'd', at: 20_000 }], rules, opened)
    for (const event of [{ type: 'workerReady', worker: 'x' } as const, failed('x', 5)])
      expect(through([event], rules, probing)).toBe(probing)
  })

  test('manual recovery waits for the reset', () => {
    const manual = { ...rules, recovery: 'manual' } as const
    const state = through([failed('a', 0), failed('b', 1), failed('c', 2)], manual)
    expect(mayStart(state, Number.MAX_SAFE_INTEGER)).toBe(false)
    expect(through([{ type: 'reset' }], manual, state)).toEqual(unharmed)
  })
})

describe('for every course of events', () => {
  const worker = fc.constantFrom('a', 'b', 'c', 'd')
  const step = fc.oneof(
    fc.record({ type: fc.constant('workerFailed' as const), worker, cause: fc.constant('crash') }),
    fc.record({ type: fc.constantFrom('workerStarted' as const, 'workerReady' as const), worker }),
    fc.record({ type: fc.constant('workerLeft' as const), worker }),
    fc.record({ type: fc.constant('reset' as const) }),
  )
  const course = fc.array(fc.tuple(fc.nat(50_000), step), { maxLength: 60 })
  const anyRules = fc.record({
    enabled: fc.boolean(),
    maxCrashes: fc.integer({ min: 1, max: 4 }),
    interval: fc.constantFrom(60_000, 120_000),
    recovery: fc.constantFrom('probe' as const, 'manual' as const),
  })

  test('it opens exactly with enough different failures in time, and its delay stays in its bounds', () => {
    fc.assert(
      fc.property(course, anyRules, (steps, chosen) => {
        let now = 0
        let state = unharmed
        let counting: Failure[] = []
        for (const [passed, { type, ...rest }] of steps) {
          now += passed
          const event = eventOf(type, rest, now)
          const before = state
          state = nextProtection(before, event, chosen)
          if (before.is === 'closed' && event.type === 'workerFailed') {
            const { failure } = event
            if (!counting.some((each) => each.worker === failure.worker))
              counting = [...counting.filter(({ at }) => at > now - chosen.interval), failure]
            expect(state.is === 'open').toBe(chosen.enabled && counting.length >= chosen.maxCrashes)
          }
          if (state.is !== 'closed' || event.type === 'reset' || before.is !== 'closed') counting = []
          if (before.is !== 'probing' && state.is === 'probing') expect(mayStart(before, now)).toBe(true)
          if (state.is === 'closed') continue
          expect(state.trip.delay).toBeGreaterThanOrEqual(trialDelay.first)
          expect(state.trip.delay).toBeLessThanOrEqual(trialDelay.greatest)
          if (state.is === 'open') expect(mayStart(state, now) && before.is === 'closed').toBe(false)
          if (state.is === 'open' && chosen.recovery === 'manual') expect(state.until).toBe(Number.POSITIVE_INFINITY)
        }
      }),
    )
  })

  function eventOf(type: ProtectionEvent['type'], rest: { worker?: string }, at: number): ProtectionEvent {
    const { worker = '' } = rest
    switch (type) {
      case 'workerFailed':
        return failed(worker, at)
      case 'workerReady':
        return { type, worker }
      case 'workerStarted':
      case 'workerLeft':
        return { type, worker, at }
      case 'reset':
        return { type }
    }
  }
})

test.each<[string, WorkerState, boolean]>([
  ['ended unasked', { is: 'exited', since: 0, how: 'exit code 3', expected: false }, true],
  ['ended as it was asked to', { is: 'exited', since: 0, how: 'exit code 0', expected: true }, false],
  ['lost its channel', { is: 'stopping', since: 0, why: 'channelLost' }, true],
  ['did not get ready', { is: 'stopping', since: 0, why: 'startupTimeLimit' }, true],
  ['does not answer', { is: 'stopping', since: 0, why: 'notResponding' }, true],
  ['did not finish in time', { is: 'stopping', since: 0, why: 'shutdownTimeLimit' }, false],
  ['has more memory than it may', { is: 'stopping', since: 0, why: 'memoryLimit' }, true],
  ['is ended because its pool has used up its processor time', { is: 'stopping', since: 0, why: 'cpuLimit' }, false],
  ['is recycled', { is: 'stopping', since: 0, why: 'recycled' }, false],
  ['drains', { is: 'draining', since: 0, why: 'idle' }, false],
])('a worker process that %s has failed or has not', (_, state, has) => {
  expect(failureOf(state) !== undefined).toBe(has)
})
