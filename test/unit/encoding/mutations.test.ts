import { expect, test } from 'vitest'
import { mutated, readHostile, seeded, seeds } from '../../support/mutations.ts'

test('a message that was changed at random is read or refused, and nothing else', () => {
  const random = seeded(Number(process.env.PORTICO_FUZZ_SEED ?? Date.now() % 1e9))
  const outcomes = new Map<string, number>()
  for (let n = 0; n < 6000; n++) {
    const seed = seeds[n % seeds.length] ?? { bytes: Buffer.alloc(0), read: () => expect.unreachable() }
    const bytes = mutated(seed.bytes, random)
    let outcome: string
    try {
      outcome = readHostile(seed, bytes, random)
    } catch (error) {
      throw new Error(`this message does more than be refused: ${bytes.toString('hex')}`, { cause: error })
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect(outcomes.get('read')).toBeGreaterThan(100)
  expect(outcomes.size).toBeGreaterThan(15)
})
