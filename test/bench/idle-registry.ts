/** What do a thousand deployed applications cost while none is active? */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { daemonOf } from '#launcher/daemon.ts'
import { pathsOf } from '#main/home.ts'
import { callOnce } from '../support/net-tcp-client.ts'
import { type Comparison, question } from './support/bench.ts'
import { BenchPortico } from './support/subjects.ts'

const many = 1_000
const answer = { 'index.mjs': 'export default { connection(socket) { socket.pipe(socket) } }' }

await question(
  `idle-registry: resident memory of portico serve and of PM2's daemon, and the time until it listens, with ${many} applications and none active`,
  async (cleanUp) => {
    const node = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' })
    cleanUp.defer(async () => {
      node.kill()
      await once(node, 'exit')
    })
    const measured = async (count: number) => {
      const apps = Object.fromEntries(Array.from({ length: count }, (_, n) => [`app${n}`, answer]))
      const portico = cleanUp.use(await BenchPortico.start({ apps: { ...apps, echo: 'echo' } }))
      const serve = resident(portico.process.child.pid ?? 0)
      if ((await callOnce(portico.port, '/echo')) !== 'hello') throw new Error('a reply was wrong')
      await portico.becomeCold()
      return {
        listeningMs: portico.startMs,
        serve,
        daemon: resident(daemonOf(pathsOf(portico.folders.home).pm2)?.pid ?? 0),
      }
    }
    const one = await measured(0)
    const thousand = await measured(many)
    const bare = resident(node.pid ?? 0)
    const memory = (name: string, portico: number, baseline: number, against: string): Comparison => ({
      name,
      unit: 'MB',
      portico: [portico],
      baseline: [baseline],
      against,
    })
    return [
      memory(`portico serve, ${many} applications`, thousand.serve, one.serve, 'portico serve with one application'),
      memory(`portico serve, ${many} applications`, thousand.serve, bare, 'a bare Node that waits'),
      memory("PM2's daemon after one start", thousand.daemon, bare, 'a bare Node that waits'),
      {
        name: `from the start of the process until it listens, ${many} applications`,
        unit: 'ms',
        portico: [thousand.listeningMs],
        baseline: [one.listeningMs],
        against: 'with one application',
      },
    ]
  },
)

/** Resident memory in MB. */
function resident(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
