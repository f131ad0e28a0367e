import { describe, expect, test } from 'vitest'
import type { PeerLine } from '#handoff/protocol.ts'
import { ApplicationLeases, Leases } from '#worker-host/leases.ts'

function leases() {
  const said: PeerLine[] = []
  let emptied = 0
  const all = new Leases({ send: (message) => said.push(message), emptied: () => emptied++ })
  return { all, said, emptied: () => emptied, of: (application: string) => new ApplicationLeases(all, application) }
}

const told = (said: readonly PeerLine[]) => said.filter(({ type }) => type === 'lease').length

describe('a lease', () => {
  test('is told when it is taken and when it is released, the latter once', () => {
    const { of, said } = leases()
    const lease = of('/app').take('report')
    const heldFor = expect.any(Number)
    expect(said).toEqual([{ type: 'lease', number: 1, application: '/app', name: 'report', heldFor }])
    lease[Symbol.dispose]()
    lease[Symbol.dispose]()
    expect(said.slice(1)).toEqual([{ type: 'released', number: 1 }])
  })

  test('has at most 200 characters of its name told', () => {
    const { of, said } = leases()
    of('/app').take('x'.repeat(100_000))
    expect(said).toMatchObject([{ name: 'x'.repeat(200) }])
  })

  test('is told again to another Portico, as long as it is held', () => {
    const { all, of, said } = leases()
    const [released] = [of('/app').take('first'), of('/other').take('second')]
    released[Symbol.dispose]()
    said.length = 0
    all.tellAll()
    expect(said).toMatchObject([{ type: 'lease', number: 2, application: '/other', name: 'second' }])
  })

  test('beyond 1,000 is told when another one has been released', () => {
    const { all, of, said } = leases()
    const taken = Array.from({ length: 1_002 }, (_, n) => of('/app').take(`${n + 1}`))
    expect(told(said)).toBe(1_000)
    taken[0]?.[Symbol.dispose]()
    expect(said.slice(-2)).toMatchObject([
      { type: 'released', number: 1 },
      { type: 'lease', number: 1_001 },
    ])
    taken[1_001]?.[Symbol.dispose]() // nobody has heard of it
    expect(told(said)).toBe(1_001)
    said.length = 0
    all.tellAll()
    expect(told(said)).toBe(1_000)
  })
})

describe('the end of an application', () => {
  test('waits for its own leases, and not for those of others', async () => {
    const { of } = leases()
    const [app, other] = [of('/app'), of('/other')]
    other.take('something else')
    const lease = app.take('report')
    let over = false
    const waiting = app.untilNone().then(() => {
      over = true
    })
    await new Promise(setImmediate)
    expect(over).toBe(false)
    lease[Symbol.dispose]()
    await waiting
    await app.untilNone()
  })

  test('releases what is held when the time is up, and what is taken later keeps nothing', async () => {
    const { all, of, said, emptied } = leases()
    const app = of('/app')
    app.take('report')
    const waiting = app.untilNone()
    app.end()
    await waiting
    expect(said).toMatchObject([{ type: 'lease' }, { type: 'released' }])
    expect([all.isEmpty, emptied()]).toEqual([true, 1])
    app.take('too late')[Symbol.dispose]()
    expect(said).toHaveLength(2)
  })
})
