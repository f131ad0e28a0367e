/** How many connections a second does the mechanism of a hand-off allow, without anything that decides where they go? */
import { join } from 'node:path'
import { type Comparison, inTurns, question } from './support/bench.ts'
import { connectionsPerSecond } from './support/load.ts'
import { BareHandOff, BenchPortico, Direct } from './support/subjects.ts'

const rounds = 7
const connections = 2_000

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
        portico: () => connectionsPerSecond(portico.port, connections, atOnce),
        baseline: () => connectionsPerSecond(direct.port, connections, atOnce),
        bare: () => connectionsPerSecond(bare.port, connections, atOnce),
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
