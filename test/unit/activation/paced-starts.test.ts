import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PacedStarts, type StartTurn } from '#activation/paced-starts.ts'
import { nextToStart, promotedAfter, type Urgency, urgencies } from '#activation/urgency.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const patient = new AbortController().signal
const reason = new Error('drained')
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Starts of which `begun` says in which order their turn came. */
function starts(limit: number) {
  const clock = new ManualClock()
  const paced = new PacedStarts(clock, limit)
  const begun: string[] = []
  const turns = new Map<string, StartTurn>()
  const ask = (worker: string, urgency: Urgency | (() => Urgency), signal = patient) =>
    paced.take(worker, typeof urgency === 'string' ? () => urgency : urgency, signal).then((turn) => {
      begun.push(worker)
      turns.set(worker, turn)
    })
  const end = async (worker: string) => {
    turns.get(worker)?.[Symbol.dispose]()
    await settle()
  }
  return { clock, paced, begun, turns, ask, end }
}

describe('the next start', () => {
  test('is one that a client waits for, then one that takes over, one that relieves others, one that always runs', () => {
    const waiting = urgencies.toReversed().map((urgency) => ({ urgency, since: 0 }))
    const order = urgencies.map(() => {
      const next = nextToStart(waiting, 0)
      if (next) waiting.splice(waiting.indexOf(next), 1)
      return next?.urgency
    })
    expect(order).toEqual(['connection', 'recycle', 'load', 'alwaysRunning'])
    expect(nextToStart(waiting, 0)).toBeUndefined()
  })

  test('is the one that has waited longest of those that are equally urgent', () => {
    const waiting = [5, 3, 4].map((since) => ({ urgency: 'connection' as const, since }))
    expect(nextToStart(waiting, 10)).toMatchObject({ since: 3 })
  })

  test('is one that always runs, however many clients come, once it has waited long enough', async () => {
    const clients = fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 50 })
    const property = fc.property(clients, (arrivals) => {
      const kept = { urgency: 'alwaysRunning' as const, since: 0 }
      const now = (urgencies.length - 1) * promotedAfter
      const later = arrivals.map((after) => ({ urgency: 'connection' as const, since: 1 + after }))
      expect(nextToStart([...later, kept], now)).toBe(kept)
    })
    fc.assert(property, { numRuns: 50 })
  })
})

describe('starts', () => {
  test('are at most so many at once, and take turns by their urgency', async () => {
    const { paced, begun, ask, end } = starts(1)
    const asked = [ask('first', 'alwaysRunning'), ask('kept', 'alwaysRunning')]
    asked.push(ask('heir', 'recycle'), ask('client', 'connection'))
    await settle()
    expect([begun, paced.underWay]).toEqual([['first'], 1])
    expect(paced.waiting).toEqual({ connection: 1, recycle: 1, load: 0, alwaysRunning: 1 })
    for (const worker of ['first', 'client', 'heir', 'kept']) await end(worker)
    await Promise.all(asked)
    expect(begun).toEqual(['first', 'client', 'heir', 'kept'])
    expect(paced.underWay).toBe(0)
  })

  test('move up when a client comes to wait for them', async () => {
    const { begun, ask, end } = starts(1)
    let urgency: Urgency = 'alwaysRunning'
    const asked = [ask('first', 'connection'), ask('heir', 'recycle'), ask('wanted', () => urgency)]
    await settle()
    urgency = 'connection'
    await end('first')
    expect(begun).toEqual(['first', 'wanted'])
    await end('wanted')
    await Promise.all(asked)
  })

  test('that never end give their turn on after a while', async () => {
    const { clock, begun, paced, ask, end } = starts(1)
    const asked = [ask('hangs', 'connection'), ask('other', 'connection')]
    clock.turn(9_999)
    await settle()
    expect(begun).toEqual(['hangs'])
    clock.turn(1)
    await Promise.all(asked)
    expect(begun).toEqual(['hangs', 'other'])
    await end('hangs') // it has given its turn on: nothing more comes of its end
    expect(paced.underWay).toBe(1)
    await end('other')
    expect([paced.underWay, clock.pending]).toEqual([0, 0])
  })

  test('know how long they waited', async () => {
    const { clock, turns, ask, end } = starts(1)
    const asked = [ask('first', 'connection'), ask('second', 'connection')]
    await settle()
    clock.turn(4_000)
    await end('first')
    await Promise.all(asked)
    expect([turns.get('first')?.waitedMs, turns.get('second')?.waitedMs]).toEqual([0, 4_000])
  })

  test('that are given up leave the line, even in the moment of their turn', async () => {
    const { paced, begun, ask, end } = starts(1)
    const [early, late] = [new AbortController(), new AbortController()]
    const first = ask('first', 'connection')
    const [gone, turned, last] = [
      ask('gone', 'connection', early.signal),
      ask('turned', 'connection', late.signal),
      ask('last', 'connection'),
    ]
    await settle()
    early.abort(reason)
    await expect(gone).rejects.toBe(reason)
    expect(paced.isWaiting('gone')).toBe(false)
    void end('first')
    late.abort(reason)
    await expect(turned).rejects.toBe(reason)
    await Promise.all([first, last])
    expect(begun).toEqual(['first', 'last'])
    expect(paced.underWay).toBe(1)
    await expect(ask('never', 'connection', late.signal)).rejects.toBe(reason)
  })

  test('are more or fewer at once as soon as the limit is another one', async () => {
    const { paced, begun, ask, end } = starts(1)
    const asked = ['a', 'b', 'c', 'd'].map((worker) => ask(worker, 'connection'))
    await settle()
    paced.resize(3)
    await settle()
    expect(begun).toEqual(['a', 'b', 'c'])
    paced.resize(1)
    await end('a')
    await end('b')
    expect(begun).toHaveLength(3)
    await end('c')
    await Promise.all(asked)
    expect([paced.limit, paced.underWay]).toEqual([1, 1])
  })
})
