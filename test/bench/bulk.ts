/** How fast do large transfers go, each way, and what do they cost the processors? */
import { once } from 'node:events'
import { connect } from 'node:net'
import { wholePreamble } from '../support/net-tcp-client.ts'
import { type Comparison, inTurns, question } from './support/bench.ts'
import { processorSeconds } from './support/processor.ts'
import { compared, eachWay, sideBySide, type Way } from './support/side-by-side.ts'

const rounds = 7
const megabytes = 512
const total = megabytes * 1e6
const piece = Buffer.alloc(256 * 1024, 'portico')

/** Has a protocol of its own behind the preamble: counts what comes and says how much it was, or sends as much as is asked for. */
const application = {
  'index.mjs': `
const piece = Buffer.alloc(${piece.length}, 'portico')

export default {
  connection(socket) {
    socket.once('data', (head) => (head.includes('/bulk/down') ? send(socket) : count(socket, head)))
  },
}

function count(socket, head) {
  let size = head.length
  socket.on('data', (bytes) => (size += bytes.length))
  socket.on('end', () => socket.end(String(size)))
}

async function send(socket) {
  socket.resume()
  for (let left = ${total}; left > 0; left -= piece.length)
    if (!socket.write(piece.subarray(0, left))) await new Promise((resolve) => socket.once('drain', resolve))
  socket.end()
}`,
}

/** Sends everything, and returns how much the application says that it was. */
async function up(port: number): Promise<number> {
  const head = wholePreamble(`net.tcp://localhost:${port}/bulk/up`)
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(head)
  for (let left = total; left > 0; left -= piece.length)
    if (!socket.write(piece.subarray(0, left))) await once(socket, 'drain')
  socket.end()
  const [answer] = await once(socket, 'data')
  return Number(answer) - head.length
}

async function down(port: number): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(wholePreamble(`net.tcp://localhost:${port}/bulk/down`))
  let size = 0
  socket.on('data', (bytes) => {
    size += bytes.length
  })
  await once(socket, 'end')
  socket.end()
  return size
}

async function measured(transfer: typeof up, { port, between, worker }: Way) {
  const pids = [process.pid, worker, ...between]
  const before = processorSeconds(pids)
  const begin = performance.now()
  const size = await transfer(port)
  const seconds = (performance.now() - begin) / 1000
  if (size !== total) throw new Error(`${size} of ${total} bytes arrived`)
  return { perSecond: megabytes / seconds, processor: ((processorSeconds(pids) - before) / total) * 1e9 }
}

await question(
  `bulk: ${megabytes} MB on one connection, to the application and from it, against a direct connection; and the processor time of all processes for a GB`,
  async (cleanUp) => {
    const subjects = await sideBySide('bulk', cleanUp, application)
    const comparisons: Comparison[] = []
    for (const [name, transfer] of [['to the application', up] as const, ['from the application', down] as const]) {
      const results = await inTurns(
        rounds,
        eachWay(subjects, (way) => measured(transfer, way)),
      )
      comparisons.push(
        { name, unit: 'MB/s', ...compared(results, ({ perSecond }) => perSecond) },
        { name: `processor time of a GB, ${name}`, unit: 's', ...compared(results, ({ processor }) => processor) },
      )
    }
    return comparisons
  },
)
