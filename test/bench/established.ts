/** Does an established connection notice that it came through Portico, and does Portico notice it? */
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { figures, inTurns, question } from './support/bench.ts'
import { processorSeconds } from './support/processor.ts'
import { compared, eachWay, sideBySide } from './support/side-by-side.ts'

const rounds = 15
const trips = 3_000

await question(
  'established: round trips on one connection that was handed over, against a direct one: how many a second, how long the slowest take, and what the processes between cost',
  async (cleanUp) => {
    const subjects = await sideBySide('echo', cleanUp)
    const clients = new Map<string, NetTcpClient>()
    for (const [name, { port }] of Object.entries(subjects.ways)) {
      const client = cleanUp.use(await NetTcpClient.open(port, '/echo'))
      if ((await client.answer()) !== 'ack') throw new Error('a connection was not acknowledged')
      clients.set(name, client)
    }
    const between: Record<string, number> = {}
    const results = await inTurns(
      rounds,
      eachWay(subjects, async ({ between: pids }, name) => {
        const client = clients.get(name)
        const before = processorSeconds(pids)
        const took: number[] = []
        const begin = performance.now()
        for (let n = 0; n < trips; n++) {
          const sent = performance.now()
          if ((await client?.call('hello')) !== 'hello') throw new Error('a reply was wrong')
          took.push(performance.now() - sent)
        }
        const perSecond = (trips / (performance.now() - begin)) * 1000
        between[name] = (between[name] ?? 0) + processorSeconds(pids) - before
        return { perSecond, slowest: figures(took).p99 }
      }),
      2,
    )
    const total = (rounds + 2) * trips
    const cost = Object.entries(between)
      .filter(([name]) => name !== 'baseline')
      .map(
        ([name, seconds]) =>
          `${name === 'portico' ? 'portico serve' : name} ${((seconds / total) * 1e6).toFixed(1)} µs`,
      )
    return [
      {
        name: `${trips} messages of 5 bytes, one after the other`,
        unit: '1/s',
        ...compared(results, ({ perSecond }) => perSecond),
        note: `processor time between client and application, for each message: ${cost.join(', ')}`,
      },
      { name: 'the p99 of a round trip', unit: 'ms', ...compared(results, ({ slowest }) => slowest) },
    ]
  },
)
