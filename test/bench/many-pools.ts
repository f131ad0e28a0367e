/** How long until the last of many inactive applications that are asked for at once has replied, and is everybody served? */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { callOnce } from '../support/net-tcp-client.ts'
import { inTurns, question } from './support/bench.ts'
import { processorSeconds } from './support/processor.ts'
import { BenchPortico, Direct } from './support/subjects.ts'

const rounds = 3
const pools = 100
const applications = 1_000

/** Many applications with the same files, spread over pools of which each has one worker process. */
async function spread(count: number): Promise<BenchPortico> {
  const numbers = Array.from({ length: count }, (_, index) => index)
  return await BenchPortico.start({
    apps: { echo: 'echo' },
    pools: ['DefaultAppPool', ...numbers.slice(0, pools).map((n) => `P${n}`)]
      .map((name) => `<add name="${name}"/>`)
      .join(''),
    applications: numbers
      .map(
        (n) =>
          `<application path="/a${n}" applicationPool="P${n % pools}"><virtualDirectory path="/" physicalPath="apps/echo"/></application>`,
      )
      .join(''),
  })
}

/** Milliseconds until the last of so many calls has its reply. */
async function lastOf(count: number, call: (n: number) => Promise<string | undefined>): Promise<number> {
  const begin = performance.now()
  const replies = await Promise.all(Array.from({ length: count }, (_, n) => call(n)))
  const unserved = replies.filter((reply) => reply !== 'hello')
  if (unserved.length > 0) throw new Error(`${unserved.length} were not served, one of them: ${unserved[0]}`)
  return performance.now() - begin
}

await question(
  `many pools: ${pools} pools without a worker process asked for at once until the last reply, and ${applications} applications in as many, against ${pools} programs started at once by hand, and the processor time that these need`,
  async (cleanUp) => {
    const hundred = cleanUp.use(await spread(pools))
    const thousand = cleanUp.use(await spread(applications))
    const application = join(hundred.folders.apps, 'echo')
    const cache = join(hundred.folders.root, 'direct-cache')
    const needed: number[] = []

    const through = async (portico: BenchPortico, count: number) => {
      const ms = await lastOf(count, (n) => callOnce(portico.port, `/a${n}`))
      await portico.becomeCold()
      return ms
    }
    const byHand = async () => {
      await using started = new AsyncDisposableStack()
      const programs: Direct[] = []
      const ms = await lastOf(pools, async () => {
        const direct = started.use(await Direct.start(application, cache))
        programs.push(direct)
        return callOnce(direct.port, '/echo')
      })
      const seconds = processorSeconds(programs.map(({ pid }) => pid))
      needed.push((seconds / availableParallelism()) * 1000)
      return ms
    }
    const results = await inTurns(rounds, {
      hundred: () => through(hundred, pools),
      thousand: () => through(thousand, applications),
      byHand,
    })
    const against = {
      unit: 'ms',
      baseline: results.byHand,
      against: `${pools} programs, spawned at once`,
      peers: { processors: needed.slice(1) },
      note: 'processors: what these programs use of processor time, shared by all processors',
    } as const
    return [
      { name: `the last of ${pools} replies`, portico: results.hundred, ...against },
      {
        name: `the last of ${applications} replies, ten applications in a pool`,
        portico: results.thousand,
        ...against,
      },
    ]
  },
)
