import { expect, test } from 'vitest'
import { z } from 'zod'
import { BinaryReader } from '#encoding/binary-reader.ts'
import { BinaryWriter } from '#encoding/binary-writer.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import { defaultQuotas, greatestQuotas } from '#encoding/reader-quotas.ts'
import { TextReader } from '#encoding/text-reader.ts'
import { TextWriter } from '#encoding/text-writer.ts'
import { contract, enumeration, flags, knownTypes } from '#wcf/contract.ts'
import { ContractError } from '#wcf/contract-error.ts'
import { partOf } from '#wcf/data-contract.ts'
import { char, decimal, short } from '#wcf/net-types.ts'

const declarations = Object.entries({
  '': 't',
  a: 'n',
  i: 'http://www.w3.org/2001/XMLSchema-instance',
  s: 'http://schemas.microsoft.com/2003/10/Serialization/Arrays',
  z: 'http://schemas.microsoft.com/2003/10/Serialization/',
  x: 'http://www.w3.org/2001/XMLSchema',
})
  .map(([prefix, namespace]) => ` xmlns${prefix && `:${prefix}`}="${namespace}"`)
  .join('')

function read(schema: z.ZodType, inside: string, quotas = greatestQuotas): unknown {
  const reader = new TextReader(Buffer.from(`<v${declarations}>${inside}</v>`), quotas)
  reader.read()
  return partOf(schema, 'n').read(reader)
}

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ContractError) return error.message
    throw error
  }
  return 'nothing was thrown'
}

const Line = contract('Line', { count: short() })
const Order = contract('Order', { id: z.int32(), name: z.string(), lines: z.array(Line).optional() })
const Circle = contract('Circle', { radius: z.number() }, { base: contract('Shape', { name: z.string() }) })
const AnyShape = knownTypes(contract('Shape', { name: z.string() }), Circle)
const Ages = z.record(z.string(), z.int32())
const pair = (inside: string) => `<s:KeyValueOfstringint>${inside}</s:KeyValueOfstringint>`

test.each<[z.ZodType, string, string]>([
  [z.int32(), 'many', 'v: "many" is not of type int, a whole number from -2147483648 to 2147483647'],
  [z.int32(), '3000000000', 'v: "3000000000" is not of type int, a whole number from -2147483648 to 2147483647'],
  [z.int(), '9007199254740993', 'v: "9007199254740993" is not of type long, a whole number from -90071'],
  [z.bigint(), '9223372036854775808', 'v: "9223372036854775808" is not of type long, a whole number (bigint)'],
  [z.number(), 'NaN', 'v: NaN is not a finite number of type double'],
  [z.float32(), '1e39', 'v: 1e+39 is not a finite number of type float'],
  [z.boolean(), 'yes', 'v: "yes" is not a boolean'],
  [z.date(), '2024-02-30T00:00:00', 'v: "2024-02-30T00:00:00" is not a date and time'],
  [z.guid(), 'x', 'v: "x" is not a UUID'],
  [z.uuid(), '00000000-0000-0000-0000-000000000001', 'v: Invalid UUID'],
  [z.instanceof(Uint8Array), '!!', 'v: "!!" is not base64'],
  [decimal(), '1e5', 'v: "1e5" is not a decimal'],
  [char(), 'A', 'v: "A" is not the number of a char'],
  [enumeration('C', ['A', 'B']), 'D', 'v: "D" is not one of A, B'],
  [flags('F', { X: 1, Y: 2 }), 'X Z', 'v: "Z" is not one of the flags X, Y'],
  [z.string(), '<a:x/>', "v: the element x came where it can't stand"],
  [Order, 'text', 'v: an element was expected, text came'],
  [Order, '<a:id>1</a:id>', 'v/name: the element is missing: it must be there, in n'],
  [Order, '<id>1</id>', 'v/id: the element is missing: it must be there, in n; an unknown element id of t came'],
  [Order, '<a:id>1</a:id><a:id>2</a:id>', 'v/id: the element came twice'],
  [Order, '<a:name i:nil="true"/>', "v/name: null came (i:nil), which the contract doesn't allow"],
  [
    Order,
    '<a:lines><a:Line><a:count>1</a:count></a:Line><a:Line/></a:lines>',
    'v/lines[1]/count: the element is missing',
  ],
  [
    Order,
    '<a:lines><a:Line><a:count>70000</a:count></a:Line></a:lines>',
    'v/lines[0]/count: "70000" is not of type short',
  ],
  [Order, '<a:lines><a:Lin/></a:lines>', 'v/lines[0]: an item Lin of n came where items Line of n must stand'],
  [
    Order,
    '<a:id i:type="x:string">1</a:id>',
    'v/id: the type string of http://www.w3.org/2001/XMLSchema came where int',
  ],
  [Order, '<a:id i:type="q:int">1</a:id>', 'v/id: the prefix of the type "q:int" has no namespace'],
  [Order, '<a:lines z:Ref="i1"/>', 'v/lines: a reference to another object (z:Ref) came, which is not supported'],
  [Order, '<a:lines z:Ref="i1" i:nil="true"/>', 'v/lines: a reference to another object (z:Ref) came'],
  [AnyShape, '<a:name/><a:radius>x</a:radius>', 'nothing was thrown'],
  [
    z.array(AnyShape),
    '<a:Shape i:type="a:Square"/>',
    'v[0]: the type Square of n came, which is none of the known types Sh',
  ],
  [Ages, pair('<s:Key>a</s:Key><s:Value>b</s:Value>'), 'v[0]/Value: "b" is not of type int'],
  [Ages, pair('<s:Key>a</s:Key>'), 'v[0]/Value: the element is missing'],
  [Ages, pair('<s:Key>a</s:Key><s:Key>b</s:Key>'), 'v[0]/Key: the element came twice'],
  [Ages, pair('<s:Value>1</s:Value>'), 'v[0]/Key: the element is missing: a pair needs its key'],
  [Ages, pair('<s:Key>a</s:Key><s:Value>1</s:Value>').repeat(2), 'v[1]: the key "a" came twice'],
  [z.unknown(), 'x', 'v: a value came without its type (i:type)'],
  [
    z.unknown().array(),
    '<s:anyType i:type="a:Order"/>',
    'v[0]: the type Order of n came where a simple one must stand',
  ],
  [contract('P', { age: z.int32().min(18, 'too young') }), '<a:age>3</a:age>', 'v/age: too young'],
  [z.object({ ages: z.array(z.int32()) }).refine(() => false, 'never'), '<a:ages/>', 'v: never'],
  [
    z.object({ ages: z.array(z.int32().max(3, 'too old')) }).refine(() => true),
    '<a:ages><s:int>3</s:int><s:int>4</s:int></a:ages>',
    'v/ages[1]: too old',
  ],
  [z.string().refine(async () => true), 'a', 'v: it has a check or transform that must be waited for'],
])('what is wrong in a message is said with its path: %#', (schema, inside, says) => {
  expect(messageOf(() => read(schema, inside)).slice(0, says.length)).toBe(says)
})

function write(schema: z.ZodType, value: unknown): Buffer {
  const writer = new BinaryWriter()
  writer.begin()
  partOf(schema, 'n').write(writer, 'v', 't', value)
  return writer.finish()
}

interface Ring {
  next: Ring | null
}
const RingSchema: z.ZodType<Ring> = contract('Ring', {
  get next() {
    return RingSchema.nullable()
  },
})
const ring: Ring = { next: null }
ring.next = ring

test.each<[z.ZodType, unknown, string]>([
  [z.int32(), 1.5, 'v: 1.5 is not of type int'],
  [z.int32(), '1', 'v: "1" is not of type int'],
  [z.int32(), null, "v: null can't be written: the contract doesn't allow null"],
  [z.number(), Number.NaN, 'v: NaN is not a finite number'],
  [z.float32(), 1e39, 'v: 1e+39 is not a finite number of type float'],
  [z.bigint(), 2n ** 63n, 'v: 9223372036854775808n is not of type long'],
  [z.string(), 5, 'v: 5 is not a string'],
  [z.boolean(), 1, 'v: 1 is not a boolean'],
  [z.date(), new Date(Number.NaN), 'v: an invalid Date is not a Date from year 1 to 9999'],
  [z.instanceof(Uint8Array), [1], 'v: an array of 1 is not a Uint8Array'],
  [char(), 'ab', 'v: "ab" is not a char, a string of one UTF-16 unit'],
  [decimal(), 12.5, 'v: 12.5 is not a decimal as a string, such as "12.50"'],
  [enumeration('C', ['A', 'B']), 'D', 'v: "D" is not one of A, B'],
  [flags('F', { X: 1, Y: 2 }), 7, 'v: 7 is not a sum of X, Y: 4 is left'],
  [Order, 5, 'v: 5 is not an object'],
  [Order, { id: 1 }, "v/name: undefined can't be written: the contract doesn't allow null"],
  [
    Order,
    { id: 1, name: '', lines: [{ count: 1 }, { count: 1e9 }] },
    'v/lines[1]/count: 1000000000 is not of type short',
  ],
  [z.array(z.int32()), [1, 2, 'x'], 'v[2]: "x" is not of type int'],
  [z.array(z.int32()), { length: 1 }, 'v: an object of Object is not an array'],
  [Ages, { a: 1, b: 'x' }, 'v["b"]: "x" is not of type int'],
  [z.unknown(), {}, 'v: an object of Object is not a string, boolean, number, bigint, Date or Uint8Array'],
  [AnyShape, { $type: 'Square', name: '' }, `v: the value's $type "Square" is none of Shape, Circle`],
  [z.string().transform(Number), 5, 'v: it has a transform, which goes in one direction only: use z.codec'],
  [z.string().min(3, 'too short'), 'a', 'v: too short'],
])('what can not be written is said with its path: %#', (schema, value, says) => {
  expect(messageOf(() => write(schema, value)).slice(0, says.length)).toBe(says)
})

test('a character that text XML lacks is said with its path', () => {
  const writer = new TextWriter()
  writer.begin()
  const says = messageOf(() => partOf(Order, 'n').write(writer, 'v', 't', { id: 1, name: '\u0000' }))
  expect(says).toBe('v/name: a text has a character that XML does not allow')
})

test('a cycle is refused with a path that can be read', () => {
  const message = messageOf(() => write(RingSchema, ring))
  expect(message).toMatch(/^v\/.*\/….*next\/next: it is nested deeper than 500, perhaps for ever$/)
  expect(message.length).toBeLessThan(300)
})

test('a message that is nested without end is refused before the stack is full, also where zod checks', () => {
  for (const schema of [RingSchema, RingSchema.refine(() => true)]) {
    const says = messageOf(() => read(schema, '<a:next>'.repeat(20_000) + '</a:next>'.repeat(20_000)))
    expect(says).toMatch(/it is nested deeper than 500$/)
    expect(read(schema, '<a:next>'.repeat(400) + '</a:next>'.repeat(400))).toBeDefined()
  }
})

test('what a stranger says makes no long message, and no second line', () => {
  const long = 'x'.repeat(5000)
  for (const inside of [`<a:lines><a:${long}/></a:lines>`, `<a:id i:type="a:${long}"/>`, `<a:id i:type="a:&#10;"/>`]) {
    const message = messageOf(() => read(Order, inside))
    expect(message).toMatch(/^v\/.* (came|must)/)
    expect(message.length).toBeLessThan(700)
  }
  const key = pair(`<s:Key>${long}\n</s:Key><s:Value>1</s:Value>`).repeat(2)
  expect(messageOf(() => read(Ages, key)).length).toBeLessThan(100)
})

test('a quota of the reader stays an error of the encoding', () => {
  expect(() => read(z.string(), 'x'.repeat(9000), defaultQuotas)).toThrow(EncodingError)
})

const Lists: z.ZodType = z.lazy(() => z.array(Lists))
const Nothing: z.ZodType = z.lazy(() => Nothing)

test.each<[z.ZodType, string]>([
  [contract('P', { a: z.tuple([z.string()]) }), 'P/a: z.tuple() has no data contract: use z.array(…) or z.object(…)'],
  [contract('P', { a: z.union([z.string(), z.number()]) }), 'P/a: z.union() has no data contract: use knownTypes'],
  [z.array(z.object({ a: z.string() })), 'the object with the members a needs a name'],
  [z.array(z.enum(['a'])), 'an enumeration needs a name'],
  [contract('P', { 'a b': z.string() }), `P: a member can't be called "a b" in XML: say another in \`names\``],
  [contract('P', { a: z.string(), b: z.string() }, { names: { a: 'b' } }), 'P: two members are called b in XML'],
  [contract('P', { a: z.string() }, { order: ['x'] }), 'P: the order names x, which is no member of the contract'],
  [z.object({}).meta({ name: 5 }), 'the meta of a schema is not that of a contract'],
  [knownTypes(contract('P', {}), contract('P', {})), 'two of the known types P, P have the same name'],
  [z.void(), 'z.void() has no data contract'],
  [z.custom(() => true), 'z.custom() has no data contract'],
  [Lists, 'a list or dictionary of itself has no data contract'],
  [Nothing, 'a schema is nothing but itself (z.lazy)'],
])('a schema without a data contract is refused when its part is made: %#', (schema, says) => {
  expect(messageOf(() => partOf(schema, 'n')).slice(0, says.length)).toBe(says)
})

test('a broken binary message stays an error of the encoding', () => {
  const reader = new BinaryReader(Buffer.from([0x40, 0x01, 0x76, 0xff]), greatestQuotas)
  reader.read()
  expect(() => partOf(z.string(), 'n').read(reader)).toThrow(EncodingError)
})
