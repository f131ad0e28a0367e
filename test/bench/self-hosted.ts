/** What does it cost a self-hosted service to share a port instead of listening itself, and do its connections notice later? */

import { NetTcpClient, wholePreamble } from '../support/net-tcp-client.ts'
import { inTurns, question } from './support/bench.ts'
import { BenchPortico, EchoService } from './support/subjects.ts'

const connections = { rounds: 9, count: 2_000, atOnce: 16 } as const
const trips = { rounds: 15, count: 3_000 } as const
const path = '/orders'

/** Opens a connection; returns once the service has sent the preamble back. */
async function opened(port: number): Promise<NetTcpClient> {
  const client = await NetTcpClient.open(port, path)
  await roundTrip(client, wholePreamble(`net.tcp://localhost:${port}${path}`).length)
  return client
}

async function roundTrip(client: NetTcpClient, length: number): Promise<void> {
  if ((await client.read(length)).length < length) throw new Error('a connection ended early')
}

async function connectionsPerSecond(port: number): Promise<number> {
  const begin = performance.now()
  let left: number = connections.count
  const one = async () => {
    while (left-- > 0) {
      using client = await opened(port)
      client.socket.end()
      await client.readAll()
    }
  }
  await Promise.all(Array.from({ length: connections.atOnce }, one))
  return (connections.count / (performance.now() - begin)) * 1000
}

async function tripsPerSecond(client: NetTcpClient): Promise<number> {
  const message = Buffer.from('hello')
  const begin = performance.now()
  for (let n = 0; n < trips.count; n++) {
    client.write(message)
    await roundTrip(client, message.length)
  }
  return (trips.count / (performance.now() - begin)) * 1000
}

/** Both in turns. */
async function compared<T>(rounds: number, shared: T, direct: T, measure: (subject: T) => Promise<number>) {
  const results = await inTurns(rounds, { portico: () => measure(shared), baseline: () => measure(direct) })
  return { unit: '1/s', ...results, against: 'the same service listening itself' } as const
}

await question(
  'self-hosted: a service with the client library that shares a port, against the same service listening itself',
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({}))
    const uri = `net.tcp://+:${portico.port}${path}`
    const { port: shared } = cleanUp.use(await EchoService.start(portico.folders.home, uri))
    const { port: direct } = cleanUp.use(await EchoService.start())
    const { rounds, count, atOnce } = connections
    const made = await compared(rounds, shared, direct, connectionsPerSecond)
    const [through, straight] = [cleanUp.use(await opened(shared)), cleanUp.use(await opened(direct))]
    const established = await compared(trips.rounds, through, straight, tripsPerSecond)
    return [
      { name: `${count} connections, ${atOnce} at a time`, ...made },
      { name: `${trips.count} messages of 5 bytes on one connection, one after the other`, ...established },
    ]
  },
)
