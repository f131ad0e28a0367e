/** Random schemas of a small grammar, with the values that they have. */
import fc from 'fast-check'
import { z } from 'zod'
import { contract, enumeration, flags, knownTypes } from '#wcf/contract.ts'
import * as types from '#wcf/net-types.ts'

export interface Kind {
  readonly schema: z.ZodType
  readonly values: fc.Arbitrary<unknown>
}

const kind = (schema: z.ZodType, values: fc.Arbitrary<unknown>): Kind => ({ schema, values })
/** No characters that XML lacks, and no line break that a reader makes another of. */
const texts = fc.string({ unit: fc.constantFrom('a', 'Z', '0', ' ', '<', '&', '"', 'é', '€', '😀', ']]>', '\n') })
/** Binary XML has no -0: .NET writes whole numbers as integers, and so do we. */
const positiveZero = (value: unknown) => (value === 0 ? 0 : value)
const ticks = fc.bigInt({ min: 0n, max: 3_155_378_975_999_999_999n })
const whole = (min: number, max: number) => fc.integer({ min, max })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), whole(0, 5))
  .map(([value, places]) => (places === 0 ? `${value}` : `${value}.${'7'.repeat(places)}`))

const simple: readonly Kind[] = [
  kind(z.string(), texts),
  kind(z.boolean(), fc.boolean()),
  kind(z.number(), fc.double({ noNaN: true, noDefaultInfinity: true }).map(positiveZero)),
  kind(types.double(), fc.double().map(positiveZero)),
  kind(types.float(), fc.float().map(positiveZero)),
  kind(z.float32(), fc.float({ noNaN: true, noDefaultInfinity: true }).map(positiveZero)),
  kind(z.int32(), whole(-0x8000_0000, 0x7fff_ffff)),
  kind(z.uint32(), whole(0, 0xffff_ffff)),
  kind(z.int(), fc.maxSafeInteger()),
  kind(z.int64(), int64),
  kind(z.bigint(), int64),
  kind(z.uint64(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  kind(types.short(), whole(-0x8000, 0x7fff)),
  kind(types.ushort(), whole(0, 0xffff)),
  kind(types.byte(), whole(0, 0xff)),
  kind(types.sbyte(), whole(-0x80, 0x7f)),
  kind(types.char(), fc.constantFrom('a', 'é', '\u0000', '\ud800')),
  kind(types.decimal(), decimals),
  kind(z.guid(), fc.uuid()),
  kind(z.uuid(), fc.uuid()),
  kind(z.date(), fc.date({ noInvalidDate: true, min: new Date('0001-01-02'), max: new Date('9999-12-30') })),
  kind(types.dateTime(), fc.record({ ticks, kind: fc.constantFrom('utc', 'unspecified') })),
  kind(types.timeSpan(), int64),
  kind(types.duration(), whole(-1e9, 1e9)),
  kind(
    types.bytes(),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  ),
  kind(enumeration('Colour', ['Red', 'Green']), fc.constantFrom('Red', 'Green')),
  kind(enumeration('Size', { Small: 1, Large: 7 }), fc.constantFrom(1, 7)),
  kind(flags('Access', { Read: 1, Write: 2, Execute: 4 }), whole(0, 7)),
  kind(z.string().max(100_000), texts),
]

const keys = [z.string(), z.int32(), z.guid()] as const
const keyValues = [texts, whole(-0x8000_0000, 0x7fff_ffff), fc.uuid()] as const

const memberNames = ['alpha', 'Beta', 'gamma', 'Delta', '_e', 'Zulu', 'ä'] as const
let contracts = 0

function objectOf(members: Readonly<Record<string, Kind>>, namespace: string | undefined): Kind {
  contracts += 1
  const settings = namespace === undefined ? {} : { namespace }
  return kind(contract(`Contract${contracts}`, schemasOf(members), settings), valuesOfMembers(members))
}

/** A member that is undefined is absent. */
function valuesOfMembers(members: Readonly<Record<string, Kind>>): fc.Arbitrary<unknown> {
  const values = Object.fromEntries(Object.entries(members).map(([name, { values }]) => [name, values]))
  return fc
    .record(values)
    .map((value) => Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)))
}

function derivedOf(members: Readonly<Record<string, Kind>>, more: Kind): Kind {
  contracts += 1
  const Base = contract(`Base${contracts}`, schemasOf(members), { namespace: 'http://example.org/base' })
  const Derived = contract(`Derived${contracts}`, { more: more.schema }, { base: Base })
  const [base, derived] = [`Base${contracts}`, `Derived${contracts}`]
  return kind(
    knownTypes(Base, Derived),
    fc.oneof(
      valuesOfMembers(members).map((value) => ({ ...(value as object), $type: base })),
      valuesOfMembers({ ...members, more }).map((value) => ({ ...(value as object), $type: derived })),
    ),
  )
}

function schemasOf(members: Readonly<Record<string, Kind>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema]))
}

/** Schemas that are nested at most so deep. */
export function kinds(depth: number): fc.Arbitrary<Kind> {
  const leaf = fc.constantFrom(...simple)
  if (depth === 0) return leaf
  const inner = kinds(depth - 1)
  const member = fc.oneof(
    inner,
    inner.map(({ schema, values }) => kind(schema.nullable(), fc.option(values))),
    inner.map(({ schema, values }) => kind(schema.optional(), fc.option(values, { nil: undefined }))),
  )
  const members = fc.dictionary(fc.constantFrom(...memberNames), member, { minKeys: 1, maxKeys: 4 })
  return fc.oneof(
    leaf,
    members.chain((of) =>
      fc.constantFrom(undefined, 'http://example.org/other').map((namespace) => objectOf(of, namespace)),
    ),
    fc.tuple(members, inner).map(([of, more]) => derivedOf(of, more)),
    inner.map(({ schema, values }) => kind(z.array(schema), fc.array(values, { maxLength: 4 }))),
    inner.map(({ schema, values }) => kind(z.array(schema.nullable()), fc.array(fc.option(values), { maxLength: 4 }))),
    fc.tuple(fc.constantFrom(0, 1, 2), inner).map(([index, { schema, values }]) => {
      const pairs = fc.array(fc.tuple<[unknown, unknown]>(keyValues[index] ?? texts, values), { maxLength: 4 })
      return kind(
        z.map(keys[index] ?? z.string(), schema),
        pairs.map((all) => new Map(all)),
      )
    }),
    inner.map(({ schema, values }) => kind(z.record(z.string(), schema), fc.dictionary(texts, values, { maxKeys: 4 }))),
  )
}
