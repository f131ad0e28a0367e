/** How long does a suspended application take until its first reply, against a cold start, and what does it still occupy? */
import { once } from 'node:events'
import { residentBytes } from '#syscalls/memory.ts'
import { callOnce } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { porticoHere } from './support/in-process.ts'

const rounds = 25
const idleTimeout = 60_000
const megabyte = 1e6

await question(
  'suspended: from connect to the first reply of a suspended application, against its cold start and a warm one; and its resident memory (Portico and the client share a process here, to skip idleTimeout)',
  async (cleanUp) => {
    const { folders, clock, events, service } = await porticoHere(cleanUp, {
      apps: { echo: 'echo' },
      pools: '<add name="DefaultAppPool"><processModel idleTimeout="00:01:00" idleTimeoutAction="Suspend"/></add>',
    })

    const worker = () => service.manager.pool('DefaultAppPool')?.workers[0]
    const call = async () => {
      const begin = performance.now()
      if ((await callOnce(folders.port, '/echo')) !== 'hello') throw new Error('a reply was wrong')
      return performance.now() - begin
    }
    const untilQuiet = async () => {
      while (worker()?.open !== 0) await new Promise(setImmediate)
    }
    const becomeCold = async () => {
      const exited = once(events, 'worker.exited')
      worker()?.drain('recycled')
      await exited
    }
    const becomeSuspended = async () => {
      await untilQuiet()
      const told = Promise.race([once(events, 'worker.memoryGivenBack'), once(events, 'worker.memoryKept')])
      clock.skip(idleTimeout) // moves the clock on: the shortest idleTimeout is a minute
      await told
    }

    await call() // PM2's daemon, and the compile cache
    const times = { suspended: [] as number[], cold: [] as number[], warm: [] as number[] }
    const memory = { before: [] as number[], after: [] as number[] }
    for (let n = 0; n < rounds; n++) {
      await untilQuiet()
      await becomeCold()
      times.cold.push(await call())
      times.warm.push(await call())
      await untilQuiet()
      const pid = worker()?.pid ?? 0
      memory.before.push((await residentBytes(pid)) / megabyte)
      await becomeSuspended()
      memory.after.push((await residentBytes(pid)) / megabyte)
      times.suspended.push(await call())
    }
    const first = { name: 'echo, the first reply', unit: 'ms', portico: times.suspended } as const
    return [
      { ...first, baseline: times.cold, against: 'its cold start, by the same Portico' },
      { ...first, baseline: times.warm, against: 'a connection to a process that runs' },
      {
        name: 'resident memory of the worker process',
        unit: 'MB',
        portico: memory.after,
        baseline: memory.before,
        against: 'before its suspension',
      },
    ]
  },
)
