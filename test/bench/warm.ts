/** What does the way through Portico add to a connection when the worker process runs? */
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { inTurns, question } from './support/bench.ts'
import { compared, eachWay, sideBySide, type Way } from './support/side-by-side.ts'

const rounds = 2_000

async function acknowledged({ port }: Way): Promise<number> {
  const begin = performance.now()
  using client = await NetTcpClient.open(port, '/echo')
  if ((await client.answer()) !== 'ack') throw new Error('a connection was not acknowledged')
  const ms = performance.now() - begin
  await client.finish()
  return ms
}

await question(
  'warm: from connect to the acknowledgement with the worker process running, against a direct connection',
  async (cleanUp) => {
    const subjects = await sideBySide('echo', cleanUp)
    const results = await inTurns(rounds, eachWay(subjects, acknowledged), 200)
    return [{ name: 'connect to acknowledgement', unit: 'ms', ...compared(results, (ms) => ms) }]
  },
)
