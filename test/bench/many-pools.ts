/** How long until the last of many pools that are asked for at once has replied, and is everybody served? */
import { join } from 'node:path'
import { callOnce } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { BenchPortico, Direct } from './support/subjects.ts'

const pools = 100
const rounds = 3

await question(
  `many pools: ${pools} pools without a worker process asked for at once until the last reply, against as many programs started at once by hand`,
  async (cleanUp) => {
    const numbers = Array.from({ length: pools }, (_, index) => index)
    const portico = cleanUp.use(
      await BenchPortico.start({
        apps: { echo: 'echo' },
        pools: ['DefaultAppPool', ...numbers.map((n) => `P${n}`)].map((name) => `<add name="${name}"/>`).join(''),
        applications: numbers
          .map(
            (n) =>
              `<application path="/a${n}" applicationPool="P${n}"><virtualDirectory path="/" physicalPath="apps/echo"/></application>`,
          )
          .join(''),
      }),
    )
    const application = join(portico.folders.apps, 'echo')
    const cache = join(portico.folders.root, 'direct-cache')
    const timed = async (call: (n: number) => Promise<string | undefined>) => {
      const begin = performance.now()
      const replies = await Promise.all(numbers.map(call))
      const unserved = replies.filter((reply) => reply !== 'hello')
      if (unserved.length > 0) throw new Error(`${unserved.length} were not served, one of them: ${unserved[0]}`)
      return performance.now() - begin
    }
    const results = { portico: [] as number[], baseline: [] as number[] }
    // The first round of both fills the caches of compiled code.
    for (let round = 0; round <= rounds; round++) {
      const through = await timed((n) => callOnce(portico.port, `/a${n}`))
      await portico.becomeCold()
      await using direct = new AsyncDisposableStack()
      const byHand = await timed(async () => callOnce(direct.use(await Direct.start(application, cache)).port, '/echo'))
      if (round === 0) continue
      results.portico.push(through)
      results.baseline.push(byHand)
    }
    return [
      {
        name: `the last of ${pools} replies`,
        unit: 'ms' as const,
        ...results,
        against: 'as many programs, spawned at once',
      },
    ]
  },
)
