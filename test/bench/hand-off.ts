/** How many connections a second does the mechanism of a hand-off allow, without anything that decides where they go? */
import { join } from 'node:path'
import { callOnce } from '../support/net-tcp-client.ts'
import { type Comparison, inTurns, question } from './support/bench.ts'
import { BareHandOff, BenchPortico, Direct } from './support/subjects.ts'

const rounds = 7
const connections = 2_000

async function perSecond(port: number, atOnce: number): Promise<number> {
  const begin = performance.now()
  let left = connections
  const one = async () => {
    while (left-- > 0) if ((await callOnce(port, '/echo')) !== 'hello') throw new Error('a reply was wrong')
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return (connections / (performance.now() - begin)) * 1000
}

await question(
  'hand-off: connections a second through Portico, and through two processes that only accept, look at the first bytes, send the descriptor and acknowledge it, against a direct connection',
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({ apps: { echo: 'echo' } }))
    const application = join(portico.folders.apps, 'echo')
    const direct = cleanUp.use(await Direct.start(application, join(portico.folders.root, 'direct-cache')))
    const bare = cleanUp.use(await BareHandOff.start(application))
    const comparisons: Comparison[] = []
    for (const atOnce of [1, 16, 256]) {
      const results = await inTurns(rounds, {
        portico: () => perSecond(portico.port, atOnce),
        baseline: () => perSecond(direct.port, atOnce),
        bare: () => perSecond(bare.port, atOnce),
      })
      const { bare: mechanism, ...others } = results
      comparisons.push({
        name: `connections, ${atOnce} at a time`,
        unit: '1/s',
        ...others,
        against: 'the same application listening itself',
        peers: { bare: mechanism },
      })
    }
    return comparisons
  },
)
