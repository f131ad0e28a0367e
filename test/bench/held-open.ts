/** What do ten thousand connections that stay open occupy, in Portico and in the worker process? */
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { residentMb } from './support/processor.ts'
import { sideBySide } from './support/side-by-side.ts'

const connections = 10_000
const atOnce = 100

/** Opens them, and checks that each is answered. */
async function opened(port: number): Promise<NetTcpClient[]> {
  const clients: NetTcpClient[] = []
  let left = connections
  const some = async () => {
    while (left-- > 0) {
      const client = await NetTcpClient.open(port, '/echo')
      if ((await client.answer()) !== 'ack') throw new Error('a connection was not acknowledged')
      clients.push(client)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, some))
  return clients
}

async function allAnswer(clients: readonly NetTcpClient[]): Promise<void> {
  for (const client of clients) if ((await client.call('hello')) !== 'hello') throw new Error('a reply was wrong')
}

await question(
  `held-open: resident memory of portico serve and of the worker process while ${connections} connections are open, against none; the worker process also against one that listens itself`,
  async (cleanUp) => {
    const { portico, ways } = await sideBySide('echo', cleanUp)
    const { portico: through, baseline: straight } = ways
    if (!through || !straight) throw new Error('there are always these two')
    const closed = async (clients: readonly NetTcpClient[]) => {
      for (const client of clients) await client.finish()
      while ((await portico.status()).pools.some(({ workers }) => workers.some((each) => each.openConnections > 0)));
    }
    /** Resident memory of the processes with none open, and with all. */
    const held = async (port: number, pids: readonly number[]) => {
      // What so many connections leave behind in any case: code that was compiled for them, and memory that is kept for the next.
      await closed(await opened(port))
      const none = pids.map(residentMb)
      const clients = await opened(port)
      await allAnswer(clients)
      const all = pids.map(residentMb)
      await closed(clients)
      return { none, all }
    }
    const ours = await held(through.port, [portico.pid, through.worker])
    const direct = await held(straight.port, [straight.worker])
    const [serve = 0, worker = 0, alone = 0] = [...ours.all, ...direct.all]
    const [serveBefore = 0, workerBefore = 0, aloneBefore = 0] = [...ours.none, ...direct.none]
    const each = (mb: number) => `${((mb * 1024) / connections).toFixed(2)} kB`
    return [
      {
        name: `portico serve, ${connections} connections open`,
        unit: 'MB',
        portico: [serve],
        baseline: [serveBefore],
        against: 'none open, after as many',
        note: `${each(serve - serveBefore)} for each connection`,
      },
      {
        name: `the worker process, ${connections} connections open`,
        unit: 'MB',
        portico: [worker],
        baseline: [alone],
        against: 'the same application listening itself, as many open',
        note: `${each(worker - workerBefore)} for each connection, ${each(alone - aloneBefore)} where it listens itself`,
      },
    ]
  },
)
