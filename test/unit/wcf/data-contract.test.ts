import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { greatestQuotas } from '#encoding/reader-quotas.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { contract, knownTypes } from '#wcf/contract.ts'
import { partOf } from '#wcf/data-contract.ts'
import { asKind, kindOf } from '#wcf/date-kind.ts'
import { byte, dateTime } from '#wcf/net-types.ts'

function write(schema: z.ZodType, value: unknown): string {
  const writer = new TextWriter()
  writer.begin()
  partOf(schema, 'n').write(writer, 'v', 't', value)
  return writer.finish().toString()
}

function read(schema: z.ZodType, inside: string): unknown {
  const reader = new TextReader(
    Buffer.from(`<v xmlns:a="n" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">${inside}</v>`),
    greatestQuotas,
  )
  reader.read()
  return partOf(schema, 'n').read(reader)
}

const Person = contract('Person', { age: z.int32(), name: z.string() })

test('elements may come in any order, and unknown ones are skipped', () => {
  const inside = '<a:later>1</a:later><a:name>Ada</a:name><a:deep><a:age>2</a:age></a:deep><a:age>1</a:age><age>3</age>'
  expect(read(Person, inside)).toEqual({ name: 'Ada', age: 1 })
})

test('null, absent and default are told apart as the schema says', () => {
  const Schema = contract('P', {
    nullable: z.string().nullable(),
    optional: z.string().optional(),
    nullish: z.string().nullish(),
    byDefault: z.int32().default(5),
    checked: z.string().min(1).optional(),
    checkedNull: z.string().min(1).nullable(),
  })
  expect(read(Schema, '')).toEqual({ nullable: null, byDefault: 5, checkedNull: null })
  const nils = Object.keys(Schema.shape).map((name) => `<a:${name} i:nil="true"/>`)
  expect(read(Schema, nils.join(''))).toEqual({
    nullable: null,
    optional: undefined,
    nullish: null,
    byDefault: 5,
    checkedNull: null,
  })
  const written = write(Schema, { nullable: null, nullish: undefined, checkedNull: undefined })
  expect(written).toBe(
    '<v xmlns="t" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="n"><a:checkedNull i:nil="true"></a:checkedNull><a:nullable i:nil="true"></a:nullable></v>',
  )
})

test('a part may be absent when the schema has something for it', () => {
  const absent = [z.string().optional(), z.string().nullable(), z.string().default(''), z.string().prefault('')]
  expect(absent.map((schema) => partOf(schema, 'n').mayBeAbsent)).toEqual([true, true, true, true])
  expect(
    [z.string(), Person, z.string().default('').nonoptional()].map((schema) => partOf(schema, 'n').mayBeAbsent),
  ).toEqual([false, false, false])
})

test('checks and conversions of the author hold, and codecs go both ways', () => {
  const Days = z.codec(z.int32(), z.string(), {
    decode: (days) => `${days} days`,
    encode: (text) => Number.parseInt(text, 10),
  })
  const Schema = contract('P', {
    days: Days,
    list: z.array(Days),
    trimmed: z.string().trim(),
    upper: z.string().transform((text) => text.toUpperCase()),
    yes: z.stringbool(),
  })
  const arrays = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays'
  const inside = `<a:days>3</a:days><a:list xmlns:s="${arrays}"><s:int>4</s:int></a:list><a:trimmed> x </a:trimmed><a:upper>u</a:upper><a:yes>yes</a:yes>`
  expect(read(Schema, inside)).toEqual({ days: '3 days', list: ['4 days'], trimmed: 'x', upper: 'U', yes: true })
  expect(write(contract('P', { days: Days }), { days: '3 days' })).toContain('<a:days>3</a:days>')
  // Once, although the whole is checked, too.
  expect(
    read(
      Schema.refine(() => true),
      inside,
    ),
  ).toMatchObject({ days: '3 days', list: ['4 days'] })
})

test('helpers keep their type when more is said of them', () => {
  const Schema = z.array(byte().max(9)).optional()
  expect(write(Schema, [1])).toContain('<a:unsignedByte>1</a:unsignedByte>')
  expect(() => write(Schema, [10])).toThrow('v[0]: Too big')
})

test('what .meta says of an object is what contract says', () => {
  const Schema = z
    .object({ id: z.int32(), last: z.string() })
    .meta({ name: 'P', namespace: 'p', names: { id: 'Id' }, order: ['id'] })
  const written = write(z.array(Schema), [{ id: 1, last: 'x' }])
  expect(written).toBe('<v xmlns="t" xmlns:a="p"><a:P><a:last>x</a:last><a:Id>1</a:Id></a:P></v>')
})

test.each<[z.ZodType, unknown, string]>([
  [z.array(z.iso.datetime()), ['2024-01-01T00:00:00Z'], '<a:dateTime>2024-01-01T00:00:00Z</a:dateTime>'],
  [z.array(z.iso.duration()), ['P1D'], '<a:duration>P1D</a:duration>'],
  [z.literal(['a', 'b']), 'b', 'b'],
  [z.literal(5), 5, '5'],
  [z.templateLiteral(['n', z.int()]), 'n5', 'n5'],
  [z.array(z.string().readonly()).readonly(), ['a'], '<a:string>a</a:string>'],
  [
    z.partialRecord(z.enum(['x', 'y']), z.string()).meta({ name: 'D', itemName: 'I' }),
    { x: '1' },
    '<a:I><a:Key>x</a:Key><a:Value>1</a:Value></a:I>',
  ],
  [z.coerce.number(), 5, '5'],
  [z.email(), 'a@example.org', 'a@example.org'],
  [z.string().brand('X'), 'a', 'a'],
  [z.union([z.string(), z.null()]), 'a', 'a'],
  [z.string().nonoptional(), 'a', 'a'],
])('other types of zod have the form that is nearest: %#', (schema, value, inside) => {
  const written = write(schema, value)
  expect(written.replace(/^<v [^>]*>/, '').replace('</v>', '')).toBe(inside)
  const reader = new TextReader(Buffer.from(written), greatestQuotas)
  reader.read()
  expect(partOf(schema, 'n').read(reader)).toEqual(value)
})

test('z.catch has its value where zod refuses one, and z.preprocess is asked first', () => {
  expect(read(z.int32().max(5).catch(7), '9')).toBe(7)
  expect(() => read(z.int32().catch(7), 'many')).toThrow('v: "many" is not of type int')
  expect(
    read(
      z.preprocess((text) => String(text).toUpperCase(), z.string()),
      'a',
    ),
  ).toBe('A')
})

test('a date keeps its kind, and dates of one’s own are UTC', () => {
  const date = read(z.date(), '2024-01-01T00:00:00') as Date
  expect(kindOf(date)).toBe('unspecified')
  expect(write(z.date(), date)).toContain('>2024-01-01T00:00:00<')
  expect(write(z.date(), new Date(date))).toContain('>2024-01-01T00:00:00Z<')
  expect(write(z.date(), asKind(new Date(0), 'unspecified'))).toContain('>1970-01-01T00:00:00<')
  expect(read(dateTime(), '0001-01-01T00:00:00.0000001Z')).toEqual({ ticks: 1n, kind: 'utc' })
})

test('bytes are a copy: the message may be forgotten', () => {
  const message = binary(z.instanceof(Uint8Array), Buffer.of(1, 2, 3))
  const reader = new BinaryReader(message, greatestQuotas)
  reader.read()
  const bytes = partOf(z.instanceof(Uint8Array), 'n').read(reader)
  message.fill(0)
  expect(bytes).toEqual(Buffer.of(1, 2, 3))
})

test('a list of numbers is one record in binary XML', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => index * 1e6)
  expect(binary(z.array(z.int32()), numbers).length).toBeLessThan(4100)
  expect(binary(z.array(z.int32().nullable()), numbers).length).toBeGreaterThan(8000)
})

function binary(schema: z.ZodType, value: unknown): Buffer {
  const writer = new BinaryWriter()
  writer.begin()
  partOf(schema, 'n').write(writer, 'v', 't', value)
  return writer.finish()
}

interface TreeValue {
  readonly name: string
  readonly children: readonly TreeValue[]
}

test('a contract may contain itself in a list, from wherever one looks', () => {
  const Tree: z.ZodType<TreeValue> = contract('Tree', {
    name: z.string(),
    get children() {
      return Trees
    },
  })
  const Trees = z.array(Tree)
  const value = [{ name: 'a', children: [{ name: 'b', children: [] }] }]
  for (const [schema, of] of [
    [Tree, value[0]],
    [Trees, value],
  ] as const) {
    const inside = write(schema, of)
      .replace(/^<v [^>]*>/, '')
      .replace('</v>', '')
    expect(read(schema, inside)).toEqual(of)
  }
})

test('known types are a union by $type, in TypeScript too', () => {
  const Animal = contract('Animal', { name: z.string() })
  const Dog = contract('Dog', { barks: z.boolean() }, { base: Animal })
  const Any = knownTypes(Animal, Dog)
  expectTypeOf<z.infer<typeof Any>>().toEqualTypeOf<
    { name: string; barks: boolean; $type: 'Dog' } | { name: string; $type?: 'Animal' | undefined }
  >()
  const written = write(
    Any.refine(() => true),
    { $type: 'Dog', name: 'Rex', barks: true },
  )
  expect(written).toBe(
    '<v i:type="a:Dog" xmlns="t" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="n"><a:name>Rex</a:name><a:barks>true</a:barks></v>',
  )
})

test('a session learns the names of contracts', async () => {
  const encoding = await openEncoding(sessionContentType)
  const part = partOf(Person, 'http://example.org/persons')
  const sizes = [1, 2].map(
    () => encoding.write((writer) => part.write(writer, 'v', 't', { age: 1, name: 'Ada' })).length,
  )
  expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) / 2)
})

test('a part is made once for each schema and namespace', () => {
  expect(partOf(Person, 'n')).toBe(partOf(Person, 'n'))
  expect(partOf(Person, 'n')).not.toBe(partOf(Person, 'm'))
})
