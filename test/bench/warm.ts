/** What does the way through Portico add to a connection when the worker process runs? */
import { join } from 'node:path'
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { BenchPortico, Direct } from './support/subjects.ts'

const rounds = 2_000

await question(
  'warm: from connect to the acknowledgement with the worker process running, against a direct connection',
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({ apps: { echo: 'echo' } }))
    const direct = cleanUp.use(
      await Direct.start(join(portico.folders.apps, 'echo'), join(portico.folders.root, 'cache')),
    )
    const acknowledged = async (port: number) => {
      const begin = performance.now()
      using client = await NetTcpClient.open(port, '/echo')
      if ((await client.answer()) !== 'ack') throw new Error('a connection was not acknowledged')
      const ms = performance.now() - begin
      await client.finish()
      return ms
    }
    const results = { portico: [] as number[], baseline: [] as number[] }
    for (let n = -200; n < rounds; n++) {
      const [through, straight] = [await acknowledged(portico.port), await acknowledged(direct.port)]
      if (n < 0) continue
      results.portico.push(through)
      results.baseline.push(straight)
    }
    return [
      { name: 'connect to acknowledgement', unit: 'ms', ...results, against: 'the same application listening itself' },
    ]
  },
)
