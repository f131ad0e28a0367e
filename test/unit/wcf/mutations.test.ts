import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import { defaultQuotas } from '#encoding/reader-quotas.ts'
import { ContractError } from '#wcf/contract-error.ts'
import { partOf } from '#wcf/data-contract.ts'
import { contractVectors, meanings, shop } from '../../support/data-contracts.ts'
import { mutated, seeded } from '../../support/mutations.ts'

const vectors = contractVectors.flatMap(({ name, hex }) => {
  const meaning = meanings[name]
  return meaning ? [{ part: partOf(meaning.schema, shop), bytes: Buffer.from(hex, 'hex'), schema: meaning.schema }] : []
})

test('a value that was changed at random is one of its schema or refused, and nothing else', () => {
  const random = seeded(Number(process.env.PORTICO_FUZZ_SEED ?? Date.now() % 1e9))
  const outcomes = { read: 0, contract: 0, encoding: 0 }
  for (let n = 0; n < 4000; n++) {
    const { part, bytes, schema } = vectors[n % vectors.length] ?? expect.unreachable()
    const changed = mutated(bytes, random)
    try {
      const reader = new BinaryReader(changed, defaultQuotas)
      if (reader.read() !== 'element') continue
      const value = part.read(reader)
      expect(schema.safeParse(value).error?.issues).toBeUndefined()
      outcomes.read += 1
    } catch (error) {
      if (error instanceof ContractError) outcomes.contract += 1
      else if (error instanceof EncodingError) outcomes.encoding += 1
      else throw new Error(`this does more than be refused: ${changed.toString('hex')}`, { cause: error })
    }
  }
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(100)
})
