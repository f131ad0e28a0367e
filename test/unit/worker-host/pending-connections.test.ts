/** How many connections a worker process takes whose sessions its application has not accepted: maxPendingConnections. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { effectiveSettings } from '#binding/settings.ts'
import type { FramingClient } from '../../support/framing-client.ts'
import { HostedWorker, welcome } from '../../support/hosted-worker.ts'
import { duplex } from './serving.ts'

const { maxPendingConnections } = effectiveSettings({})

/** A worker process with as many pending connections as it may have, and a way to offer it more. */
async function full() {
  const hosted = await HostedWorker.start()
  await hosted.activate(join(import.meta.dirname, '../../fixtures/apps/never-accepts'))
  const clients = await Promise.all(Array.from({ length: maxPendingConnections }, () => hosted.connection()))
  const outcomes: string[] = []
  async function offer(name: string): Promise<{ client: FramingClient; outcome: Promise<unknown> }> {
    const { client, number, socket } = await hosted.accept()
    client.write(duplex)
    const outcome = hosted.handOver(number, socket).then((is) => outcomes.push(`${name} ${is}`))
    return { client, outcome }
  }
  /** Whatever the worker process has to say to what it got before, it has said by then. */
  async function heard(request: number): Promise<void> {
    hosted.tell({ type: 'ping', request })
    expect(await hosted.next('pong')).toEqual({ type: 'pong', request })
  }
  return { hosted, clients, outcomes, offer, heard }
}

test('a connection more waits until one of them is over; who comes first is served first', async () => {
  const { clients, outcomes, offer, heard } = await full()
  const [first, second] = [await offer('first'), await offer('second')]
  await heard(1)
  expect(outcomes).toEqual([])
  clients[0]?.socket.resetAndDestroy()
  await first.outcome
  await heard(2)
  expect(outcomes).toEqual(['first accepted'])
  clients[1]?.socket.resetAndDestroy()
  await second.outcome
  expect(outcomes).toEqual(['first accepted', 'second accepted'])
})

test('what waits is given back when the application is taken away', async () => {
  const { hosted, outcomes, offer, heard } = await full()
  const { outcome } = await offer('waiting')
  await heard(1)
  hosted.tell({ type: 'deactivate', application: '/app', reason: 'removed' })
  await outcome
  expect(outcomes).toEqual(['waiting rejected'])
})

test('what waits is given back when the worker process has to go', async () => {
  const { hosted, outcomes, offer, heard } = await full()
  const { outcome } = await offer('waiting')
  await heard(1)
  hosted.tell({ type: 'drain', reason: 'shutdown', timeLimit: 60_000 })
  await outcome
  expect(outcomes).toEqual(['waiting rejected'])
})

test('what waits is let go when the channel is lost: Portico offers its own copy again', async () => {
  const { hosted, outcomes, offer, heard } = await full()
  const { client, outcome } = await offer('waiting')
  await heard(1)
  hosted.loseChannel()
  await outcome
  expect(outcomes).toEqual(['waiting lost'])
  expect(await client.readAll(), 'nobody holds the connection any more').toHaveLength(0)
  expect(await hosted.next('hello')).toMatchObject({ open: maxPendingConnections })
  hosted.tell(welcome)
})
