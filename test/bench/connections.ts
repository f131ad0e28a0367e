/** How many connections a second go through, 16 at a time? */
import { join } from 'node:path'
import { callOnce } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { BenchPortico, Direct } from './support/subjects.ts'

const rounds = 9
const connections = 2_000
const atOnce = 16

await question(
  'connections: connect, one message there and back, end and close; 16 at a time, against a direct connection',
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({ apps: { echo: 'echo' } }))
    const direct = cleanUp.use(
      await Direct.start(join(portico.folders.apps, 'echo'), join(portico.folders.root, 'cache')),
    )
    const perSecond = async (port: number) => {
      const begin = performance.now()
      let left = connections
      const one = async () => {
        while (left-- > 0) if ((await callOnce(port, '/echo')) !== 'hello') throw new Error('a reply was wrong')
      }
      await Promise.all(Array.from({ length: atOnce }, one))
      return (connections / (performance.now() - begin)) * 1000
    }
    const results = { portico: [] as number[], baseline: [] as number[] }
    for (let n = -1; n < rounds; n++) {
      const [one, other] = [await perSecond(portico.port), await perSecond(direct.port)]
      if (n < 0) continue
      results.portico.push(one)
      results.baseline.push(other)
    }
    return [
      {
        name: `${connections} connections, ${atOnce} at a time`,
        unit: '1/s',
        ...results,
        against: 'the same application listening itself',
      },
    ]
  },
)
