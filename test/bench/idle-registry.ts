/** What do a thousand and ten thousand deployed applications cost while none is active? */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { daemonOf } from '#launcher/daemon.ts'
import { pathsOf } from '#main/home.ts'
import { callOnce } from '../support/net-tcp-client.ts'
import { type Comparison, question } from './support/bench.ts'
import { residentMb } from './support/processor.ts'
import { BenchPortico } from './support/subjects.ts'

const rounds = 5
/** Milliseconds after which the work of a start has been done. */
const atRest = 2_000
const answer = { 'index.mjs': 'export default { connection(socket) { socket.pipe(socket) } }' }

interface Measured {
  readonly listeningMs: number[]
  readonly serve: number[]
  readonly daemon: number[]
}

await question(
  `idle-registry: resident memory of portico serve and of PM2's daemon, and the time until it listens, with 1, 1,000 and 10,000 applications and none active`,
  async (cleanUp) => {
    const node = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' })
    cleanUp.defer(async () => {
      node.kill()
      await once(node, 'exit')
    })
    const measure = async (count: number, { listeningMs, serve, daemon }: Measured) => {
      const others = Object.fromEntries(Array.from({ length: count - 1 }, (_, n) => [`app${n}`, answer]))
      await using portico = await BenchPortico.start({ apps: { ...others, echo: 'echo' } })
      await new Promise((resolve) => setTimeout(resolve, atRest))
      listeningMs.push(portico.startMs)
      serve.push(residentMb(portico.process.child.pid ?? 0))
      if ((await callOnce(portico.port, '/echo')) !== 'hello') throw new Error('a reply was wrong')
      await portico.becomeCold()
      daemon.push(residentMb(daemonOf(pathsOf(portico.folders.home).pm2)?.pid ?? 0))
    }
    const nothing = (): Measured => ({ listeningMs: [], serve: [], daemon: [] })
    await measure(1, nothing()) // the first start compiles
    const [one, thousand, tenThousand] = [nothing(), nothing(), nothing()]
    for (let round = 0; round < rounds; round++)
      for (const [count, measured] of [
        [1, one],
        [1_000, thousand],
        [10_000, tenThousand],
      ] as const)
        await measure(count, measured)
    const bare = [residentMb(node.pid ?? 0)]
    const many = [
      [1_000, thousand],
      [10_000, tenThousand],
    ] as const
    return [
      {
        name: 'portico serve, one application',
        unit: 'MB',
        portico: one.serve,
        baseline: bare,
        against: 'a bare Node that waits',
      },
      ...many.flatMap(([count, { serve, listeningMs }]): Comparison[] => [
        {
          name: `portico serve, ${count} applications`,
          unit: 'MB',
          portico: serve,
          baseline: one.serve,
          against: 'with one application',
        },
        {
          name: `from the start of the process until it listens, ${count} applications`,
          unit: 'ms',
          portico: listeningMs,
          baseline: one.listeningMs,
          against: 'with one application',
        },
      ]),
      {
        name: "PM2's daemon after one start",
        unit: 'MB',
        portico: tenThousand.daemon,
        baseline: bare,
        against: 'a bare Node that waits',
      },
    ]
  },
)
