import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sleep, systemClock } from '#base/clock.ts'
import { humanDuration, parseTimeSpan } from '#base/duration.ts'
import { orAbort } from '#base/signal.ts'
import { Slots } from '#base/slots.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const patient = new AbortController().signal
const reason = new Error('given up')

describe('waiting with a signal', () => {
  test('ends as the work does, or with the reason of the signal, and leaves no listener', async () => {
    const stop = new AbortController()
    expect(await orAbort(Promise.resolve(1), stop.signal)).toBe(1)
    await expect(orAbort(Promise.reject(new Error('work')), stop.signal)).rejects.toThrow('work')
    await new Promise((resolve) => setImmediate(resolve))
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
    const late = Promise.withResolvers<number>()
    const waiting = orAbort(late.promise, stop.signal)
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(orAbort(late.promise, stop.signal)).rejects.toBe(reason)
    late.reject(new Error('nobody waits for this any more'))
    await new Promise((resolve) => setImmediate(resolve))
  })
})

describe('sleeping', () => {
  test('ends in time, or with the signal and without a timer', async () => {
    const clock = new ManualClock()
    const stop = new AbortController()
    const slept = sleep(clock, 100, stop.signal)
    clock.turn(100)
    await slept
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
    const disturbed = sleep(clock, 100, stop.signal)
    stop.abort(reason)
    await expect(disturbed).rejects.toBe(reason)
    await expect(sleep(clock, 100, stop.signal)).rejects.toBe(reason)
    expect(clock.pending).toBe(0)
  })

  test.each([Number.POSITIVE_INFINITY, 2 ** 31, 2_592_000_000])(
    'for %d ms by the clock of the system is not at once',
    async (ms) => {
      let expired = false
      using _timer = systemClock.after(ms, () => {
        expired = true
      })
      await sleep(systemClock, 20, patient)
      expect(expired).toBe(false)
    },
  )
})

describe('places', () => {
  test('are given in the order of asking', async () => {
    const slots = new Slots(1)
    const first = await slots.take(patient)
    const order: number[] = []
    const others = [2, 3, 4].map(async (each) => {
      using _place = await slots.take(patient)
      order.push(each)
    })
    expect(slots.waiting).toBe(3)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    await Promise.all(others)
    expect(order).toEqual([2, 3, 4])
    ;(await slots.take(patient))[Symbol.dispose]()
  })

  test('are not lost by those who give up, even in the moment of their turn', async () => {
    const slots = new Slots(1)
    const first = await slots.take(patient)
    const [early, late] = [new AbortController(), new AbortController()]
    const [gone, turned, last] = [slots.take(early.signal), slots.take(late.signal), slots.take(patient)]
    early.abort(reason)
    await expect(gone).rejects.toBe(reason)
    first[Symbol.dispose]()
    late.abort(reason)
    await expect(turned).rejects.toBe(reason)
    ;(await last)[Symbol.dispose]()
    expect(slots.waiting).toBe(0)
    await expect(slots.take(late.signal)).rejects.toBe(reason)
  })

  test('that are added go to those who wait, in their order; those that are taken away are missed only when they are given back', async () => {
    const slots = new Slots(1)
    const first = await slots.take(patient)
    const [second, third, fourth] = [slots.take(patient), slots.take(patient), slots.take(patient)]
    slots.resize(3)
    const held = [first, await second, await third]
    expect(slots.waiting).toBe(1)
    slots.resize(1)
    for (const place of held.slice(0, 2)) place[Symbol.dispose]()
    expect(slots.waiting).toBe(1)
    held[2]?.[Symbol.dispose]()
    ;(await fourth)[Symbol.dispose]()
  })

  test('are there at once or not at all for those who do not wait', async () => {
    const slots = new Slots(1)
    const first = slots.tryTake()
    expect(slots.tryTake()).toBeUndefined()
    first?.[Symbol.dispose]()
    expect(slots.tryTake()).toBeDefined()
  })

  test('that are closed are there for nobody, neither for those who wait nor for those who come', async () => {
    const slots = new Slots(1)
    const held = await slots.take(patient)
    const waiting = slots.take(patient)
    slots.close(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(slots.take(patient)).rejects.toBe(reason)
    held[Symbol.dispose]()
    expect(slots.tryTake()).toBeUndefined()
  })

  test('are never more than there are, whatever happens', async () => {
    const steps = fc.array(fc.constantFrom('take', 'give', 'abort'), { maxLength: 60 })
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (places, actions) => {
      const slots = new Slots(places)
      const held: Disposable[] = []
      const aborts: AbortController[] = []
      const settled: Promise<unknown>[] = []
      for (const action of actions) {
        if (action === 'give') held.shift()?.[Symbol.dispose]()
        else if (action === 'abort') aborts.pop()?.abort(reason)
        else {
          const abort = new AbortController()
          aborts.push(abort)
          settled.push(
            slots.take(abort.signal).then(
              (place) => held.push(place),
              () => {},
            ),
          )
        }
        await new Promise((resolve) => setImmediate(resolve))
        expect(held.length).toBeLessThanOrEqual(places)
        expect(slots.waiting === 0 || held.length === places).toBe(true)
      }
      while (held.length > 0 || slots.waiting > 0) {
        held.shift()?.[Symbol.dispose]()
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(settled)
    })
    await fc.assert(property, { numRuns: 50 })
  })
})

describe('durations', () => {
  test.each([
    ['00:00:30', 30_000],
    ['1.02:03:04.5', 93_784_500],
    ['00:20', 1_200_000],
    ['00:00:00.0000001', 0.0001],
    ['Infinite', Number.POSITIVE_INFINITY],
    ['30', undefined],
    ['00:60:00', undefined],
    ['00:00:60', undefined],
    ['-00:00:01', undefined],
    ['', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms)
  })

  test.each([
    [0.25, '0.3 ms'],
    [250, '250 ms'],
    [1500, '1.5 s'],
    [1_200_000, '20 min'],
    [104_400_000, '29 h'],
    [Number.POSITIVE_INFINITY, 'unlimited'],
  ])('%d ms are shown as %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text)
  })
})
