/** What do connections notice of recycles, configuration changes and killed worker processes? */

import type { PoolAnswer } from '#admin/admin-server.ts'
import { ask } from '#main/admin-client.ts'
import { callOnce } from '../support/net-tcp-client.ts'
import { question } from './support/bench.ts'
import { BenchPortico } from './support/subjects.ts'

const rounds = { recycles: 50, changes: 20, kills: 100 } as const
const probers = 4

const module = `export default {
  async session(session) { for await (const envelope of session) await session.send(Buffer.from(String(process.pid))) },
}`

interface Probes {
  readonly ms: number[]
  readonly lost: Record<string, number>
}

/** So many kills would make the pool a failing one. */
const unprotected = '<failure rapidFailProtection="false"/>'

const poolOf = (elements: string) => `<add name="DefaultAppPool">${elements}</add>`

await question(
  'recycling: connections (connect, request, reply, close) without a pause through recycles, configuration changes and kills, against the same in peace',
  async (cleanUp) => {
    const portico = cleanUp.use(
      await BenchPortico.start({ apps: { app: { 'index.mjs': module } }, pools: poolOf(unprotected) }),
    )
    const { port, folders } = portico
    const during = async (work: () => Promise<void>): Promise<Probes> => {
      const probes: Probes = { ms: [], lost: {} }
      let isOver = false
      const probe = async () => {
        while (!isOver) {
          const begin = performance.now()
          const reply = await callOnce(port, '/app').catch((error: Error) => error.message)
          if (/^\d+$/.test(reply ?? '')) probes.ms.push(performance.now() - begin)
          else probes.lost[reply ?? 'closed'] = (probes.lost[reply ?? 'closed'] ?? 0) + 1
        }
      }
      const probing = Promise.all(Array.from({ length: probers }, probe))
      await work()
      isOver = true
      await probing
      return probes
    }
    const pid = async () => (await portico.status()).pools[0]?.workers.find(({ state }) => state === 'ready')?.pid
    const another = async (than: number | undefined) => {
      for (let now = await pid(); now === than || now === undefined; now = await pid())
        await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const repeat = async (times: number, work: (round: number) => Promise<void>) => {
      for (let round = 0; round < times; round++) await work(round)
    }
    await callOnce(port, '/app')
    const calm = await during(() => new Promise((resolve) => setTimeout(resolve, 2000)))
    const recycles = await during(() =>
      repeat(rounds.recycles, async () => {
        const { done, says } = await ask<PoolAnswer>(folders.home, 'POST', '/pool/recycle?name=DefaultAppPool')
        if (!done) throw new Error(says)
      }),
    )
    const changes = await during(() =>
      repeat(rounds.changes, async (round) => {
        const before = await pid()
        const variable = `<environmentVariables><add name="ROUND" value="${round}"/></environmentVariables>`
        folders.configure({ pools: poolOf(unprotected + variable) })
        await another(before)
      }),
    )
    const kills = await during(() =>
      repeat(rounds.kills, async () => {
        const before = await pid()
        if (before !== undefined) process.kill(before, 'SIGKILL')
        await another(before)
      }),
    )
    const row = (name: string, { ms, lost }: Probes) => {
      const causes = Object.entries(lost).map(([cause, count]) => `${count} ${cause}`)
      console.error(`  ${name}: ${ms.length} answered, lost ${causes.join(', ') || 'none'}`)
      return { name, unit: 'ms' as const, portico: ms, baseline: calm.ms, against: 'in peace' }
    }
    return [
      row(`${rounds.recycles} recycles`, recycles),
      row(`${rounds.changes} configuration changes`, changes),
      row(`${rounds.kills} killed worker processes`, kills),
    ]
  },
)
