/** How long does the first connection take until its first reply, against starting the same code by hand? */
import { join } from 'node:path'
import { callOnce } from '../support/net-tcp-client.ts'
import { inTurns, question } from './support/bench.ts'
import { BenchPortico, Direct } from './support/subjects.ts'

const rounds = 25

await question(
  'cold: from connect to the first reply when no worker process runs, against node starting the same code and answering directly',
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({ apps: { echo: 'echo' } }))
    const cache = join(portico.folders.root, 'direct-cache')
    const application = join(portico.folders.apps, 'echo')
    const timed = async (call: () => Promise<string | undefined>) => {
      const begin = performance.now()
      if ((await call()) !== 'hello') throw new Error('a reply was wrong')
      return performance.now() - begin
    }
    const throughPortico = async () => {
      await portico.becomeCold()
      return timed(() => callOnce(portico.port, '/echo'))
    }
    const byHand = async () => {
      let direct: Direct | undefined
      const ms = await timed(async () => {
        direct = await Direct.start(application, cache)
        return callOnce(direct.port, '/echo')
      })
      await direct?.[Symbol.asyncDispose]()
      return ms
    }
    // The first ones start PM2's daemon and fill the caches of compiled code.
    const results = await inTurns(rounds, { portico: throughPortico, baseline: byHand }, 3)
    return [
      {
        name: 'echo, a TypeScript application of messages',
        unit: 'ms',
        ...results,
        against: 'spawn node, listen, connect, reply',
      },
    ]
  },
)
