/** The answer to a client that nothing serves ends, whatever the client does. */
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { encodeFault } from '#framing/faults.ts'
import { answerUnserved } from '#sharing-client/unserved.ts'
import { socketPair } from '../../support/framing-client.ts'
import { ManualClock } from '../../support/manual-clock.ts'

async function answered() {
  const { client, server } = await socketPair()
  const clock = new ManualClock()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  const closed = once(server, 'close')
  answerUnserved(server, clock)
  expect(await client.readAll()).toEqual(encodeFault('EndpointNotFound'))
  expect(server.destroyed).toBe(false)
  return { client, clock, closed }
}

test('it ends when the client closes', async () => {
  const { client, clock, closed } = await answered()
  client.socket.end()
  await closed
  expect(clock.pending).toBe(0)
})

test('it ends when the client sends and sends', async () => {
  const { client, closed } = await answered()
  client.write(Buffer.alloc(65_537))
  await closed
})

test('it ends after 5 s when the client does nothing', async () => {
  const { clock, closed } = await answered()
  clock.turn(5_000)
  await closed
})
