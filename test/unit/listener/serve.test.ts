import { describe, expect, test } from 'vitest'
import type { ConnectionJourney } from '#activation/connection-journey.ts'
import type { DispatchOutcome } from '#activation/worker-channel.ts'
import type { Opening } from '#listener/adapter.ts'
import type { Connection } from '#listener/connection.ts'
import { type Steps, serve, type Target } from '#listener/serve.ts'

const connection = { local: { address: '127.0.0.1', port: 808 } } as Connection
const opening = { via: 'net.tcp://localhost/echo' } as Opening
const signal = new AbortController().signal
const accepted: DispatchOutcome = { is: 'accepted' }
const lost: DispatchOutcome = { is: 'lost', reason: 'the process ended' }

/** Steps that work, with a diary of what they did; changes let one of them fail. */
function steps(outcomes: readonly DispatchOutcome[], changes: Partial<Steps & Target> = {}) {
  const diary: string[] = []
  const left = [...outcomes]
  const leaving = (what: string) => ({ [Symbol.dispose]: () => void diary.push(what) })
  let workers = 0
  const target: Target = {
    name: 'application /echo',
    wait: () => leaving('left the queue'),
    async activate() {
      const worker = `w${++workers}`
      diary.push(`holds ${worker}`)
      const registration = { worker, dispatch: () => Promise.reject(new Error('not used')) }
      return { registration, ...leaving(`let go of ${worker}`) }
    },
    ...changes,
  }
  const made: Steps = {
    readOpening: () => opening,
    route: () => target,
    async dispatch(_connection, _opening, { registration }) {
      const outcome = left.shift() ?? lost
      diary.push(`${registration.worker} ${outcome.is}`)
      return outcome
    },
    ...changes,
  }
  return { diary, made }
}

const failing = (message: string) => () => {
  throw new Error(message)
}

describe('a connection on its way', () => {
  test('reaches its worker process, and then needs neither its place nor its hold', async () => {
    const { diary, made } = steps([accepted])
    await serve(connection, made, signal)
    expect(diary).toEqual(['holds w1', 'w1 accepted', 'let go of w1', 'left the queue'])
  })

  test('whose worker process ends before it took it goes to the next one', async () => {
    const { diary, made } = steps([lost, accepted])
    await serve(connection, made, signal)
    const first = ['holds w1', 'w1 lost', 'let go of w1']
    const next = ['holds w2', 'w2 accepted', 'let go of w2', 'left the queue']
    expect(diary).toEqual([...first, 'left the queue', ...next])
  })

  test('tells its journey, if it has one, of every process that it was offered to', async () => {
    const { made } = steps([lost, accepted])
    const reached: string[] = []
    const journey = { reached: (step: string) => void reached.push(step) } as unknown as ConnectionJourney
    await serve({ ...connection, journey } as Connection, made, signal)
    expect(reached).toEqual([
      'via known',
      'routed to application /echo',
      ...['has w1', 'lost by the process', 'has w2', 'accepted by the process'],
    ])
  })

  test('whose process ends before it took it goes to whoever answers now', async () => {
    const { diary, made } = steps([lost, accepted])
    const heir = steps([]).made.route(opening, connection.local)
    const asked: unknown[] = []
    const first = made.route(opening, connection.local)
    const route = (_: Opening, __: unknown, gone?: Target) => {
      asked.push(gone)
      return gone ? { ...heir, wait: () => ({ [Symbol.dispose]: () => void diary.push('left the heir') }) } : first
    }
    await serve(connection, { ...made, route }, signal)
    expect(asked).toEqual([undefined, first])
    expect(diary.at(-1)).toBe('left the heir')
  })

  test('that ten worker processes lost is given up', async () => {
    const { diary, made } = steps([...Array(10).fill(lost), accepted])
    await expect(serve(connection, made, signal)).rejects.toMatchObject({
      code: 'DISPATCH_LOST',
      reply: 'ConnectionDispatchFailed',
      args: { name: 'application /echo', count: 10, reason: 'the process ended' },
    })
    expect(diary.filter((entry) => entry.startsWith('let go'))).toHaveLength(10)
    expect(diary.at(-1)).toBe('left the queue')
  })

  test('that the worker process does not take is offered again', async () => {
    const { diary, made } = steps([{ is: 'rejected', reason: 'the application has left' }, accepted])
    await serve(connection, made, signal)
    expect(diary.slice(0, 3)).toEqual(['holds w1', 'w1 rejected', 'let go of w1'])
  })

  test('that three times nobody takes is given up, and the last reason is told', async () => {
    const rejected = { is: 'rejected', reason: 'out of descriptors' } as const
    const { diary, made } = steps([rejected, rejected, rejected])
    await expect(serve(connection, made, signal)).rejects.toMatchObject({
      code: 'DISPATCH_REFUSED',
      args: { reason: 'out of descriptors' },
    })
    expect(diary.at(-1)).toBe('left the queue')
    expect(diary.filter((entry) => entry.startsWith('holds'))).toHaveLength(3)
  })

  test.each<[string, Partial<Steps & Target>, string[]]>([
    ['its opening', { readOpening: failing('broken') }, []],
    ['its route', { route: failing('broken') }, []],
    ['the queue', { wait: failing('broken') }, []],
    ['activation', { activate: failing('broken') }, ['left the queue']],
    ['dispatch', { dispatch: failing('broken') }, ['holds w1', 'let go of w1', 'left the queue']],
  ])('that fails at %s leaves nothing behind', async (_, changes, expected) => {
    const { diary, made } = steps([accepted], changes)
    await expect(serve(connection, made, signal)).rejects.toThrow('broken')
    expect(diary).toEqual(expected)
  })
})
