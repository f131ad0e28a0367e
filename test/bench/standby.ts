/** How long does the first connection take until its first reply: from standby, from suspended, against the plain cold start and node started by hand? */
import { once } from 'node:events'
import { join } from 'node:path'
import { callOnce } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { porticoHere } from './support/in-process.ts'
import { Direct } from './support/subjects.ts'

const rounds = 25
const idleTimeout = 60_000

await question(
  'standby: from connect to the first reply, of the same application from standby, from suspended, by a plain cold start, and by node that is started for it, in turns (Portico and the client share a process here, to skip idleTimeout)',
  async (cleanUp) => {
    const { folders, clock, events, service } = await porticoHere(cleanUp, {
      apps: { afresh: 'echo', standby: 'echo', suspended: 'echo' },
      pools: `<add name="DefaultAppPool"/><add name="Afresh"/>
          <add name="Suspended"><processModel idleTimeout="00:01:00" idleTimeoutAction="Suspend"/></add>`,
      applications:
        '<application path="/afresh" applicationPool="Afresh"/><application path="/suspended" applicationPool="Suspended"/>',
      portico: 'standbyProcesses="1"',
      // What every worker process has anyway; only that it stands here makes the difference.
      porticoElements: '<pools><add name="Afresh" nodeArguments="--disable-warning=ExperimentalWarning"/></pools>',
    })
    const { apps } = folders

    const timed = async (work: () => Promise<string | undefined>) => {
      const begin = performance.now()
      if ((await work()) !== 'hello') throw new Error('a reply was wrong')
      return performance.now() - begin
    }
    const call = (path: string) => timed(() => callOnce(folders.port, path))
    const worker = (pool: string) => service.manager.pool(pool)?.workers[0]
    const untilQuiet = async (pool: string) => {
      while (worker(pool)?.open) await new Promise(setImmediate)
    }
    const becomeCold = async (pool: string) => {
      await untilQuiet(pool)
      if (!worker(pool)) return
      const exited = once(events, 'worker.exited')
      worker(pool)?.drain('recycled')
      await exited
    }
    const untilReady = async () => {
      while (service.manager.standbys.ready === 0) await once(events, 'standby.ready')
    }
    const becomeSuspended = async () => {
      await untilQuiet('Suspended')
      const told = Promise.race([once(events, 'worker.memoryGivenBack'), once(events, 'worker.memoryKept')])
      clock.skip(idleTimeout) // moves the clock on: the shortest idleTimeout is a minute
      await told
    }
    const byHand = async () => {
      await using ended = new AsyncDisposableStack()
      return await timed(async () => {
        const direct = ended.use(await Direct.start(join(apps, 'standby'), join(folders.root, 'direct-cache')))
        return callOnce(direct.port, '/standby')
      })
    }
    const times = {
      standby: [] as number[],
      suspended: [] as number[],
      plain: [] as number[],
      byHand: [] as number[],
    }
    const round = async () => {
      await becomeCold('DefaultAppPool')
      await untilReady()
      const connected = once(events, 'worker.connected')
      const standby = await call('/standby')
      const [fields] = await connected
      if (!fields?.standby) throw new Error('it was no standby process')
      await untilReady() // the next one would take processors
      await becomeCold('Afresh')
      const plain = await call('/afresh')
      await becomeSuspended()
      const suspended = await call('/suspended')
      return { standby, plain, suspended, byHand: await byHand() }
    }
    await call('/suspended')
    for (let n = 0; n < 3; n++) await round() // PM2's daemon, and the compile caches
    for (let n = 0; n < rounds; n++)
      for (const [of, ms] of Object.entries(await round())) times[of as keyof typeof times].push(ms)

    const against = { unit: 'ms', baseline: times.plain, against: 'a plain cold start, by the same Portico' } as const
    return [
      { name: 'from standby', portico: times.standby, ...against },
      { name: 'from suspended', portico: times.suspended, ...against },
      {
        ...{ name: 'from standby', portico: times.standby, unit: 'ms' },
        ...{ baseline: times.byHand, against: 'spawn node, listen, connect, reply' },
      },
    ]
  },
)
