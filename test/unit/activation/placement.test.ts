/** Where a need for an application goes, by what is known of the pool's worker processes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ApplicationState, place, placeBesides, type SeatFacts, type WorkerFacts } from '#activation/placement.ts'
import { canTakeMore, type WorkerState } from '#activation/worker-state.ts'

const states = {
  launching: { is: 'launching', since: 0 },
  ready: { is: 'ready', since: 0 },
  draining: { is: 'draining', since: 0, why: 'idle' },
} as const satisfies Record<string, WorkerState>

const worker = (is: keyof typeof states, application: ApplicationState, load = 0): WorkerFacts => ({
  state: states[is],
  application,
  load,
})
const seat = (current?: WorkerFacts, upcoming?: WorkerFacts, mustEndFirst = false): SeatFacts => ({
  current,
  upcoming,
  mustEndFirst,
})
const empty = seat()

describe('in a pool of one worker process, a need', () => {
  test.each([
    ['nothing runs', empty, 'launch'],
    ['nothing runs yet because the last one has to end first', seat(undefined, undefined, true), 'wait'],
    ['one is starting', seat(worker('launching', 'absent')), 'current'],
    ['one serves', seat(worker('ready', 'active', 7)), 'current'],
    ['the one that runs drains', seat(worker('draining', 'active')), 'launch'],
    ['the application failed in the one that runs', seat(worker('ready', 'spent')), 'launch'],
    ['another one is to take over', seat(worker('ready', 'spent'), worker('launching', 'absent')), 'upcoming'],
    ['it failed there, too', seat(worker('ready', 'spent'), worker('ready', 'spent')), 'wait'],
    ['the one that was to take over drains', seat(worker('ready', 'spent'), worker('draining', 'spent')), 'launch'],
  ])('when %s', (_, only, to) => {
    expect(place([only], 1)).toEqual(to === 'wait' ? { to } : { to, seat: 0 })
  })

  test('opens the first seat', () => {
    expect(place([], 1)).toEqual({ to: 'launch', seat: 0 })
  })
})

describe('in a web garden, a need', () => {
  test.each<[string, SeatFacts[], ReturnType<typeof place>]>([
    [
      'goes to the one with the least to do',
      [seat(worker('ready', 'active', 2)), seat(worker('ready', 'active', 1))],
      { to: 'current', seat: 1 },
    ],
    [
      'goes to the first of those with as much to do',
      [seat(worker('ready', 'active', 1)), seat(worker('ready', 'active', 1))],
      { to: 'current', seat: 0 },
    ],
    [
      'goes to a busy one that has the application rather than to one that has to load it',
      [seat(worker('ready', 'absent')), seat(worker('ready', 'active', 9))],
      { to: 'current', seat: 1 },
    ],
    [
      'joins a load that is under way',
      [seat(worker('ready', 'absent')), seat(worker('ready', 'activating', 3))],
      { to: 'current', seat: 1 },
    ],
    [
      'has it loaded where a worker process runs rather than in a new one',
      [empty, seat(worker('ready', 'absent', 3))],
      { to: 'current', seat: 1 },
    ],
    ['has one replaced in which it failed', [empty, seat(worker('ready', 'spent'))], { to: 'launch', seat: 1 }],
    [
      'waits for nobody as long as there may be one more',
      [seat(undefined, undefined, true)],
      { to: 'launch', seat: 1 },
    ],
    [
      'does not go to a seat too many',
      [seat(worker('ready', 'spent'), worker('ready', 'spent')), empty, seat(worker('ready', 'active'))],
      { to: 'launch', seat: 1 },
    ],
  ])('%s', (_, seats, placement) => {
    expect(place(seats, 2)).toEqual(placement)
  })
})

describe('a further worker process', () => {
  const busy = seat(worker('ready', 'active', 1))
  test.each<[string, SeatFacts[], ReturnType<typeof placeBesides>]>([
    ['starts when all that have the application are busy', [busy], { to: 'launch', seat: 1 }],
    ['takes the seat of one that has gone', [empty, busy], { to: 'launch', seat: 0 }],
    ['is one that runs and has nothing to do', [busy, seat(worker('ready', 'absent'))], { to: 'current', seat: 1 }],
    [
      'is not one that is busy with something else',
      [busy, seat(worker('ready', 'absent', 1))],
      { to: 'launch', seat: 2 },
    ],
    ['is not one in which the application failed', [busy, seat(worker('ready', 'spent'))], { to: 'launch', seat: 2 }],
    ['is not needed while one has nothing to do', [busy, seat(worker('ready', 'active'))], undefined],
    ['is not needed while one is coming', [busy, seat(worker('ready', 'activating'))], undefined],
    ['is not needed while one is starting', [busy, seat(worker('launching', 'absent'))], undefined],
    ['is not needed where nobody has the application', [seat(worker('ready', 'absent', 5))], undefined],
    ['is one too many', [busy, busy, busy], undefined],
  ])('%s', (_, seats, placement) => {
    expect(placeBesides(seats, 3)).toEqual(placement)
  })
})

test('a need never goes to a worker process that takes nothing, and nothing is launched beyond the bound or over another', () => {
  const someWorker = fc.option(
    fc.record({
      state: fc.constantFrom(...Object.values(states)),
      application: fc.constantFrom<ApplicationState>('absent', 'activating', 'active', 'spent'),
      load: fc.nat(3),
    }),
    { nil: undefined },
  )
  const someSeat = fc.record({ current: someWorker, upcoming: someWorker, mustEndFirst: fc.boolean() })
  fc.assert(
    fc.property(fc.array(someSeat, { maxLength: 4 }), fc.integer({ min: 1, max: 5 }), (seats, greatest) => {
      for (const placement of [place(seats, greatest), placeBesides(seats, greatest)]) {
        if (!placement || placement.to === 'wait') continue
        expect(placement.seat).toBeLessThan(greatest)
        expect(placement.seat).toBeLessThanOrEqual(seats.length)
        const { current, upcoming, mustEndFirst } = seats[placement.seat] ?? empty
        if (placement.to === 'launch') {
          expect(mustEndFirst).toBe(false)
          expect(upcoming && canTakeMore(upcoming.state)).toBeFalsy()
          expect(current && canTakeMore(current.state) && current.application !== 'spent').toBeFalsy()
        } else {
          const chosen = placement.to === 'current' ? current : upcoming
          expect(chosen && canTakeMore(chosen.state)).toBe(true)
          expect(chosen?.application).not.toBe('spent')
        }
      }
    }),
  )
})
