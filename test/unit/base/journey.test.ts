/** Journeys: steps with their times, of one thing and of what it waited for together with others. */
import { expect, test } from 'vitest'
import { Journey, timed } from '#base/journey.ts'
import { ManualClock } from '../../support/manual-clock.ts'

test('a journey notes its steps with the time since its start', () => {
  const clock = new ManualClock()
  clock.turn(1000)
  const journey = new Journey(clock)
  clock.turn(12)
  journey.reached('process started')
  clock.turn(30)
  journey.reached('loading')
  expect(journey.steps).toEqual([
    { step: 'process started', afterMs: 12 },
    { step: 'loading', afterMs: 42 },
  ])
})

test('a step that is told later stands where it belongs', () => {
  const clock = new ManualClock()
  const journey = new Journey(clock, 'asked for')
  clock.turn(20)
  journey.reached('channel connected')
  journey.reached('first line', 5)
  journey.reached('account taken', 20)
  expect(journey.steps.map(({ step, afterMs }) => `${afterMs} ${step}`)).toEqual([
    '0 asked for',
    '5 first line',
    '20 channel connected',
    '20 account taken',
  ])
})

test('a journey that joins another one has what that goes through from then on, by its own time', () => {
  const clock = new ManualClock()
  const start = new Journey(clock)
  clock.turn(10)
  start.reached('before')
  clock.turn(5)
  const journey = new Journey(clock, 'accepted')
  journey.join(start)
  clock.turn(7)
  start.reached('loaded')
  clock.turn(1)
  journey.reached('offered')
  expect(journey.steps).toEqual([
    { step: 'accepted', afterMs: 0 },
    { step: 'loaded', afterMs: 7 },
    { step: 'offered', afterMs: 8 },
  ])
  expect(start.steps.map(({ step }) => step)).toEqual(['before', 'loaded'])
})

test('each step took what has passed since the one before', () => {
  const steps = [
    { step: 'a', afterMs: 0.1 },
    { step: 'b', afterMs: 0.3 },
    { step: 'c', afterMs: 7 },
  ]
  expect(timed(steps).map(({ tookMs }) => tookMs)).toEqual([0.1, 0.2, 6.7])
})
