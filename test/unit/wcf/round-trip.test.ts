import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { greatestQuotas } from '#encoding/reader-quotas.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { partOf } from '#wcf/data-contract.ts'
import { kinds } from '../../support/contract-kinds.ts'

const cases = kinds(3).chain(({ schema, values }) => values.map((value) => ({ schema, value })))

test.each([
  ['binary', () => new BinaryWriter(), (bytes: Buffer) => new BinaryReader(bytes, greatestQuotas)],
  ['text', () => new TextWriter(), (bytes: Buffer) => new TextReader(bytes, greatestQuotas)],
] as const)('a value of any schema is itself again when it was written and read: %s', (_, newWriter, readerOf) => {
  fc.assert(
    fc.property(cases, ({ schema, value }) => {
      const part = partOf(schema, 'http://example.org/contracts')
      const writer = newWriter()
      writer.begin()
      part.write(writer, 'value', 'http://tempuri.org/', value)
      const reader = readerOf(writer.finish())
      reader.read()
      expect(part.read(reader)).toEqual(value)
      expect(reader.read()).toBe('end')
    }),
    { numRuns: 300 },
  )
})

test('what is read of any schema is valid to zod', () => {
  fc.assert(
    fc.property(cases, ({ schema, value }) => {
      expect(schema.safeParse(value).error?.issues).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})
