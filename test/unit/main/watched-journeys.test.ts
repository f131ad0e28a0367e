/** Whose journeys are kept: those that were asked for before they began, and as long as somebody asks. */
import { expect, test } from 'vitest'
import { WatchedJourneys } from '#main/watched-journeys.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const ends = { address: '127.0.0.1', port: 50_312, to: 808 }
const connection = { number: 7, remote: { address: '127.0.0.1', port: 50_312 }, local: { port: 808 } }

function watched() {
  const clock = new ManualClock()
  const journeys = new WatchedJourneys(clock)
  const watch = (of = ends) => {
    const found = journeys.watch(of)
    if (!found) throw new Error('it is not watched')
    return found
  }
  return { clock, journeys, watch }
}

test('nothing is kept of a connection that nobody has asked for', () => {
  const { journeys, watch } = watched()
  expect(journeys.of(connection)).toBeUndefined()
  using _watch = watch()
  for (const other of [
    { ...connection, remote: { address: '127.0.0.1', port: 50_313 } },
    { ...connection, remote: { address: '127.0.0.2', port: 50_312 } },
    { ...connection, local: { port: 809 } },
  ])
    expect(journeys.of(other)).toBeUndefined()
})

test('the journey of the one that was asked for is told when its way has ended', async () => {
  const { clock, journeys, watch } = watched()
  using asked = watch()
  const journey = journeys.of(connection)
  clock.turn(5)
  journey?.placed('warm', 'Pool', 'w1')
  journey?.reached('offered')
  const told = asked.told()
  clock.turn(2)
  journey?.reached('accepted by the process')
  journey?.ended()
  expect(await told).toEqual({
    known: true,
    connection: 7,
    found: 'warm',
    pool: 'Pool',
    worker: 'w1',
    refused: null,
    ended: true,
    steps: [
      { step: 'accepted', afterMs: 0, tookMs: 0 },
      { step: 'offered', afterMs: 5, tookMs: 5 },
      { step: 'accepted by the process', afterMs: 7, tookMs: 2 },
    ],
  })
  expect(clock.pending).toBe(0)
})

test('one that is still under way a while after its client has done with it is told as far as it came', async () => {
  const { clock, journeys, watch } = watched()
  using asked = watch()
  journeys.of(connection)
  const told = asked.told()
  clock.turn(1_000)
  expect(await told).toMatchObject({ known: true, ended: false, found: null, steps: [{ step: 'accepted' }] })
})

test('one that was refused has the code', async () => {
  const { journeys, watch } = watched()
  using asked = watch()
  journeys.of(connection)?.ended('NO_APPLICATION')
  expect(await asked.told()).toMatchObject({ refused: 'NO_APPLICATION', worker: null, ended: true })
})

test('one that never came is unknown, and one that comes after the question is over is not kept', async () => {
  const { journeys, watch } = watched()
  const asked = watch()
  expect(await asked.told()).toEqual({ known: false })
  asked[Symbol.dispose]()
  expect(journeys.of(connection)).toBeUndefined()
})

test('a second connection with the same ends is another one, and so is a second question', () => {
  const { journeys, watch } = watched()
  using _asked = watch()
  expect(journeys.watch(ends)).toBeUndefined()
  expect(journeys.of(connection)).toBeDefined()
  expect(journeys.of(connection)).toBeUndefined()
})

test('a hundred are watched at once, and one more when one of them is no longer', () => {
  const { journeys, watch } = watched()
  const first = watch()
  for (let port = 1; port < 100; port++) watch({ ...ends, port })
  expect(journeys.watch({ ...ends, port: 100 })).toBeUndefined()
  first[Symbol.dispose]()
  expect(journeys.watch({ ...ends, port: 100 })).toBeDefined()
})
