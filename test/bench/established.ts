/** Does an established connection notice that it came through Portico? */
import { join } from 'node:path'
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { BenchPortico, Direct } from './support/subjects.ts'

const rounds = 15
const trips = 3_000

await question(
  'established: round trips a second on one connection that was handed over, against a direct one',
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({ apps: { echo: 'echo' } }))
    const direct = cleanUp.use(
      await Direct.start(join(portico.folders.apps, 'echo'), join(portico.folders.root, 'cache')),
    )
    const opened = async (port: number) => {
      const client = cleanUp.use(await NetTcpClient.open(port, '/echo'))
      if ((await client.answer()) !== 'ack') throw new Error('a connection was not acknowledged')
      return client
    }
    const [through, straight] = [await opened(portico.port), await opened(direct.port)]
    const perSecond = async (client: NetTcpClient) => {
      const begin = performance.now()
      for (let n = 0; n < trips; n++) if ((await client.call('hello')) !== 'hello') throw new Error('a reply was wrong')
      return (trips / (performance.now() - begin)) * 1000
    }
    const results = { portico: [] as number[], baseline: [] as number[] }
    for (let n = -2; n < rounds; n++) {
      const [one, other] = [await perSecond(through), await perSecond(straight)]
      if (n < 0) continue
      results.portico.push(one)
      results.baseline.push(other)
    }
    return [
      {
        name: `${trips} messages of 5 bytes, one after the other`,
        unit: '1/s',
        ...results,
        against: 'the same application listening itself',
      },
    ]
  },
)
