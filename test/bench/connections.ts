/** How many connections a second go through, one, 16 and 256 at a time, and what does each cost the machine's processors? */
import { type Comparison, inTurns, question } from './support/bench.ts'
import { connectionsPerSecond } from './support/load.ts'
import { processorSeconds } from './support/processor.ts'
import { compared, eachWay, sideBySide, type Way } from './support/side-by-side.ts'

const rounds = 7
const connections = 2_000

interface Measured {
  readonly perSecond: number
  /** Microseconds of processor time that one connection cost the application and what stands before it. */
  readonly processor: number
}

async function measured(atOnce: number, { port, between, worker }: Way): Promise<Measured> {
  const pids = [...between, worker]
  const before = processorSeconds(pids)
  const perSecond = await connectionsPerSecond(port, connections, atOnce)
  return { perSecond, processor: ((processorSeconds(pids) - before) / connections) * 1e6 }
}

await question(
  'connections: connect, one message there and back, end and close; one, 16 and 256 at a time, against a direct connection',
  async (cleanUp) => {
    const subjects = await sideBySide('echo', cleanUp)
    const comparisons: Comparison[] = []
    for (const atOnce of [1, 16, 256]) {
      const results = await inTurns(
        rounds,
        eachWay(subjects, (way) => measured(atOnce, way)),
      )
      comparisons.push({
        name: `connections, ${atOnce} at a time`,
        unit: '1/s',
        ...compared(results, ({ perSecond }) => perSecond),
      })
      comparisons.push({
        name: `processor time of one, without the client's, ${atOnce} at a time`,
        unit: 'µs',
        ...compared(results, ({ processor }) => processor),
      })
    }
    return comparisons
  },
)
