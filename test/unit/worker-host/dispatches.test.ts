import { describe, expect, test } from 'vitest'
import type { Handle } from '#base/handle.ts'
import type { Dispatch, PeerLine } from '#handoff/protocol.ts'
import { Dispatches } from '#worker-host/dispatches.ts'
import type { HostedApplication } from '#worker-host/hosted-application.ts'
import { Transport } from '#worker-host/transport.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const endpoint = { address: '127.0.0.1', port: 808 }

/** An application with room for one connection at a time, which serves none to its end. */
function full() {
  const said: PeerLine[] = []
  const closed: number[] = []
  const portico = { isThere: true }
  const transport = new Transport()
  transport.use({ ...transport.settings, maxPendingConnections: 1 })
  const ended = Promise.withResolvers<undefined>()
  const application = {
    id: '/orders',
    closing: new AbortController().signal,
    transport,
    serve: () => ended.promise,
  } as unknown as HostedApplication
  const dispatches = new Dispatches({
    send: (message) => portico.isThere && said.push(message) > 0,
    sendWithoutHurry: (message) => void said.push(message),
    emptied: () => {},
  })
  const dispatch = (connection: number) => {
    const handle = { close: () => closed.push(connection) } as unknown as Handle
    const offered: Dispatch = { connection, registration: 1, via: '', remote: endpoint, local: endpoint }
    dispatches.dispatched(offered, handle, application)
  }
  return { said, closed, portico, dispatches, dispatch, end: () => ended.resolve(undefined) }
}

describe('a connection that Portico withdraws', () => {
  test('while it waits for room is closed and not taken', async () => {
    const { said, closed, dispatches, dispatch, end } = full()
    dispatch(1)
    dispatch(2)
    await settle()
    dispatches.withdrawn(2)
    await settle()
    end()
    await settle()
    expect(said).toEqual([
      { type: 'accepted', connection: 1 },
      { type: 'rejected', connection: 2, reason: 'Portico has withdrawn it' },
      { type: 'closed', connection: 1 },
    ])
    expect(closed).toEqual([2])
  })

  test('after it was taken stays', async () => {
    const { said, dispatches, dispatch } = full()
    dispatch(1)
    await settle()
    dispatches.withdrawn(1)
    dispatches.withdrawn(7)
    await settle()
    expect(said).toEqual([{ type: 'accepted', connection: 1 }])
  })
})

test('a connection that Portico can not be told of is left to another process', async () => {
  const { said, closed, portico, dispatches, dispatch } = full()
  portico.isThere = false
  dispatch(1)
  await settle()
  expect(closed).toEqual([1])
  expect(said).toEqual([])
  expect(dispatches.open).toBe(0)
})
