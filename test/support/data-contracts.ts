/** The types of test/fixtures/data-contracts/Types.cs as schemas, and what its vectors mean. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { contract, dateTimeOffset, enumeration, flags, knownTypes } from '#wcf/contract.ts'
import { clrNamespace } from '#wcf/contract-names.ts'
import { asKind } from '#wcf/date-kind.ts'
import {
  byte,
  bytes,
  char,
  dateTime,
  decimal,
  double,
  duration,
  float,
  sbyte,
  short,
  timeSpan,
  uri,
  ushort,
} from '#wcf/net-types.ts'

export const shop = clrNamespace('Shop')

export interface ContractVector {
  readonly name: string
  /** What .NET's binary writer made of it. */
  readonly hex: string
  /** What its text writer did. */
  readonly xml: string
}

/** Each is one value, written by DataContractSerializer as the element `value` of http://tempuri.org/. */
export const contractVectors: readonly ContractVector[] = readFileSync(
  join(import.meta.dirname, '../fixtures/data-contracts/vectors.jsonl'),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

const Size = enumeration('Size', ['Small', 'Medium', 'Large'])
const Colour = enumeration('Colour', { Red: 'Red', Green: 'grass-green' }, { namespace: 'http://example.org/colours' })
const Access = flags('Access', { Read: 1, Write: 2, Execute: 4 })
const Marks = flags('Marks', { None: 0, New: 1, Sale: 2 })

const Item = contract('Item', {
  Name: z.string().nullable(),
  Price: decimal(),
  Quantity: z.int32(),
  Rating: z.int32().nullable(),
  Size,
})

export const Order = contract('Order', {
  customer: z.string().nullable(),
  Id: z.int32(),
  Items: z.array(Item).nullable(),
  Placed: z.date(),
  Remark: z.string().optional(),
  Tags: z.record(z.string(), z.string()).nullable(),
  Token: z.guid(),
})

const Sorted = contract(
  'Sorted',
  { Alpha: z.int32(), Zulu: z.int32(), beta: z.int32(), Beta: z.int32(), Other: z.int32() },
  { namespace: 'http://example.org/sorted', order: ['Zulu', 'Other', 'Alpha'], names: { Other: 're-named' } },
)

const animals = 'http://example.org/animals'
const Animal = contract('Animal', { Name: z.string().nullable() }, { namespace: animals })
const Dog = contract(
  'Dog',
  { Barks: z.boolean(), Breed: z.string().nullable() },
  { namespace: 'http://example.org/dogs', base: Animal },
)
const Puppy = contract('Puppy', { Age: z.int32() }, { namespace: animals, base: Dog })
export const AnyAnimal = knownTypes(Animal, Dog, Puppy)
const AnyDog = knownTypes(Dog, Puppy)

interface NodeValue {
  Next: NodeValue | null
  Value: number
}
export const Node: z.ZodType<NodeValue> = contract('Node', {
  get Next() {
    return Node.nullable()
  },
  Value: z.int32(),
})

interface SharedValue {
  Other: SharedValue | null
  Value: number
}
const Shared: z.ZodType<SharedValue> = contract('Shared', {
  get Other() {
    return Shared.nullable()
  },
  Value: z.int32(),
})

const Kennel = contract('Kennel', {
  Animals: z.array(AnyAnimal),
  Best: AnyAnimal,
  Rooms: z.map(z.int32(), AnyAnimal),
})

export const Everything = contract('Everything', {
  Bool: z.boolean(),
  Byte: byte(),
  Bytes: bytes(),
  Char: char(),
  DateTime: dateTime(),
  DateTimeOffset: dateTimeOffset(),
  Decimal: decimal(),
  Double: double(),
  Float: float(),
  Guid: z.guid(),
  Int: z.int32(),
  Ints: z.array(z.int32()),
  Long: z.int64(),
  SByte: sbyte(),
  Short: short(),
  String: z.string(),
  TimeSpan: timeSpan(),
  UInt: z.uint32(),
  ULong: z.uint64(),
  Uri: uri(),
  UShort: ushort(),
})

const Box = contract('Box', { Content: z.unknown() })

const labels = 'http://example.org/labels'
const Labels = z.array(z.string()).meta({ name: 'Labels', namespace: labels, itemName: 'Label' })
const Stock = z.record(z.string(), z.int32()).meta({
  name: 'Stock',
  namespace: labels,
  itemName: 'Entry',
  keyName: 'Article',
  valueName: 'Count',
})
const Lists = contract('Lists', {
  Grid: z.array(z.array(z.int32())),
  Labels: z.array(Labels),
  Maps: z.array(z.record(z.string(), z.int32())),
  Stock,
})

const token = '00112233-4455-6677-8899-aabbccddeeff'
const moment = new Date('2024-02-29T12:34:56.123Z')
const ticks = 638_448_068_961_234_567n
const count = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index))

function item(n: number): z.infer<typeof Item> {
  const Size = (['Small', 'Medium', 'Large'] as const)[n % 3] ?? 'Small'
  return { Name: `Article ${n}`, Price: `${12 + n}.50`, Quantity: n, Rating: n % 2 === 0 ? null : n, Size }
}

export function order(items: number): z.infer<typeof Order> {
  return {
    customer: 'Ada',
    Id: 4711,
    Items: Array.from({ length: items }, (_, index) => item(index)),
    Placed: moment,
    Tags: { way: 'post', gift: '' },
    Token: token,
  }
}

const everything: z.infer<typeof Everything> = {
  Bool: true,
  Byte: 200,
  Bytes: count(20),
  Char: 'é',
  DateTime: { ticks, kind: 'utc' },
  DateTimeOffset: { DateTime: new Date('2024-02-29T10:00:00Z'), OffsetMinutes: 120 },
  Decimal: '-79228162514264337593543950335',
  Double: 1e300,
  Float: Math.fround(0.1),
  Guid: token,
  Int: -5,
  Ints: [1, -70_000, 3],
  Long: 1n << 60n,
  SByte: -100,
  Short: -30_000,
  String: 'a<b & €',
  TimeSpan: 937_840_050_000n,
  UInt: 4_000_000_000,
  ULong: 2n ** 64n - 1n,
  Uri: 'http://example.org/a?b=c',
  UShort: 60_000,
}

const rex = { Name: 'Rex', Barks: true, Breed: 'mixed' }
const anyRex = { $type: 'Dog', ...rex }
const anyPip = { $type: 'Puppy', Name: 'Pip', Barks: false, Breed: null, Age: 1 }

interface Meaning {
  readonly schema: z.ZodType
  readonly value: unknown
  /** Written, it is of another type. */
  readonly isOnlyRead?: boolean
}

const is = (schema: z.ZodType, value: unknown): Meaning => ({ schema, value })

/** By the name of the vector. */
export const meanings: Readonly<Record<string, Meaning>> = {
  bool: is(z.boolean(), true),
  byte: is(byte(), 200),
  sbyte: is(sbyte(), -100),
  short: is(short(), -30_000),
  ushort: is(ushort(), 60_000),
  int: is(z.int32(), 70_000),
  'int min': is(z.int32(), -2_147_483_648),
  uint: is(z.uint32(), 4_000_000_000),
  long: is(z.int64(), 1n << 60n),
  'long safe': is(z.int(), Number.MIN_SAFE_INTEGER),
  ulong: is(z.uint64(), 2n ** 64n - 1n),
  float: is(z.float32(), Math.fround(0.1)),
  double: is(z.number(), 0.1),
  'double whole': is(z.float64(), 3),
  'double nan': is(double(), Number.NaN),
  'double infinity': is(double(), Number.NEGATIVE_INFINITY),
  decimal: is(decimal(), '12.500'),
  char: is(char(), 'A'),
  string: is(z.string(), 'Grüße, € & <b>'),
  'string empty': is(z.string(), ''),
  'string null': is(z.string().nullable(), null),
  guid: is(z.uuid().or(z.null()).or(z.undefined()), token),
  uri: is(z.url(), 'http://example.org/a?b=c'),
  'dateTime utc': is(dateTime(), { ticks, kind: 'utc' }),
  'dateTime unspecified': is(dateTime(), { ticks, kind: 'unspecified' }),
  'dateTime local': is(dateTime(), { ticks, kind: 'local' }),
  'dateTime min': is(z.date(), asKind(new Date('0001-01-01T00:00:00Z'), 'unspecified')),
  timeSpan: is(duration(), 93_784_005),
  'timeSpan negative': is(timeSpan(), -1n),
  bytes: is(bytes(), count(100)),
  'bytes empty': is(z.instanceof(Uint8Array), Buffer.alloc(0)),
  'nullable int': is(z.int32().nullable(), 5),
  'nullable int null': is(z.int32().nullable(), null),

  'int[]': is(z.array(z.int32()), [1, -70_000, 3]),
  'int[] empty': is(z.array(z.int32()), []),
  'int[] null': is(z.array(z.int32()).nullable(), null),
  'list of int': is(z.array(z.int32()), [1, -70_000, 3]),
  'int?[]': is(z.array(z.int32().nullable()), [1, null]),
  'long[]': is(z.array(z.int64()), [1n, 1n << 60n]),
  'ulong[]': is(z.array(z.uint64()), [1n, 2n ** 64n - 1n]),
  'short[]': is(z.array(short()), [1, -2]),
  'list of byte': is(z.array(byte()), [1, 200]),
  'sbyte[]': is(z.array(sbyte()), [1, -2]),
  'bool[]': is(z.array(z.boolean()), [true, false]),
  'float[]': is(z.array(float()), [Math.fround(0.1), 3]),
  'double[]': is(z.array(z.number()), [0.1, 3]),
  'decimal[]': is(z.array(decimal()), ['12.500', '-1']),
  'char[]': is(z.array(char()), ['A', 'b']),
  'string[]': is(z.array(z.string().nullable()), ['a', '', null]),
  'guid[]': is(z.array(z.guid()), [token, '00000000-0000-0000-0000-000000000000']),
  'uri[]': is(z.array(uri()), ['http://example.org/a']),
  'dateTime[]': is(z.array(dateTime()), [
    { ticks, kind: 'utc' },
    { ticks, kind: 'unspecified' },
  ]),
  'timeSpan[]': is(z.array(timeSpan()), [937_840_050_000n, -1n]),
  'byte[][]': is(z.array(bytes()), [Buffer.of(1, 2), Buffer.alloc(0)]),
  'int[][]': is(z.array(z.array(z.int32())), [[1, 2], []]),
  'int?[][]': is(z.array(z.array(z.int32().nullable())), [[1, null]]),
  'item[][]': is(z.array(z.array(Item)), [[item(1)]]),
  'set of string': is(z.set(z.string()), new Set(['a', 'b'])),

  'dictionary string int': is(z.record(z.string(), z.int32()), { a: 1, b: -2 }),
  'dictionary int string': is(z.record(z.int32(), z.string().nullable()), { 1: 'a', 2: null }),
  'dictionary guid byte[]': is(z.map(z.guid(), bytes()), new Map([[token, Buffer.of(1)]])),
  'dictionary string int[]': is(z.record(z.string(), z.array(z.int32())), { a: [1, 2] }),
  'dictionary string int?': is(z.record(z.string(), z.int32().nullable()), { a: 1, b: null }),
  'dictionary string item': is(z.record(z.string(), Item), { a: item(1) }),
  'dictionary size colour': is(z.map(Size, Colour), new Map([['Large', 'grass-green']])),
  'dictionary string dictionary': is(z.record(z.string(), z.record(z.string(), z.int32())), { a: { b: 1 } }),
  'dictionary long dateTime': is(z.map(z.int64(), dateTime()), new Map([[1n << 60n, { ticks, kind: 'utc' }]])),
  'dictionary string animal': is(z.record(z.string(), AnyAnimal), { a: anyRex }),

  enum: is(Size, 'Medium'),
  'enum[]': is(z.array(Size), ['Small', 'Large']),
  'enum with contract': is(Colour, 'grass-green'),
  'enum with contract[]': is(z.array(Colour), ['Red', 'grass-green']),
  flags: is(Access, 5),
  'flags none': is(Access, 0),
  'flags named none': is(Marks, 0),
  'flags all': is(Marks, 3),
  'flags[]': is(z.array(Access), [2]),

  item: is(Item, item(1)),
  'item empty': is(Item, { Name: null, Price: '0', Quantity: 0, Rating: null, Size: 'Small' }),
  'item null': is(Item.nullable(), null),
  'item[]': is(z.array(Item.nullable()), [item(2), null]),
  order: is(Order, order(2)),
  'order of 20': is(Order, order(20)),
  sorted: is(Sorted, { Alpha: 1, Beta: 2, Other: 3, Zulu: 4, beta: 5 }),
  everything: is(Everything, everything),
  'linked list': is(Node, { Value: 1, Next: { Value: 2, Next: { Value: 3, Next: null } } }),

  'base as itself': is(Animal, { Name: 'Tom' }),
  'derived as itself': is(Dog, rex),
  'derived as base': is(AnyAnimal, anyRex),
  'derived twice as base': is(AnyAnimal, anyPip),
  'derived twice as derived': is(AnyDog, anyPip),
  'animal[]': is(z.array(AnyAnimal.nullable()), [anyRex, { $type: 'Animal', Name: 'Tom' }, null, anyPip]),
  kennel: is(Kennel, { Animals: [anyRex], Best: anyPip, Rooms: new Map([[1, anyRex]]) }),

  labels: is(Labels, ['a', 'b']),
  stock: is(Stock, { a: 1 }),
  lists: is(Lists, { Grid: [[1, 2], [3]], Labels: [['a']], Maps: [{ a: 1 }], Stock: { a: 1 } }),
  'object with int': is(Box, { Content: 5 }),
  'object with string': is(Box, { Content: 'five' }),
  'object with null': is(Box, { Content: null }),
  'object[]': is(z.array(z.unknown()), [
    'a',
    1,
    1n << 60n,
    0.5,
    true,
    new Date('2024-02-29T00:00:00Z'),
    Buffer.of(1),
    null,
  ]),
  'objects of other types': {
    ...is(z.array(z.any()), ['1.50', token, 0.0001, 'A', 200, 0.5, 'http://example.org/a']),
    isOnlyRead: true,
  },
  'dictionary string object': is(z.record(z.string(), z.unknown()), { a: 'b', c: 1 }),
  'enum?[]': is(z.array(Size.nullable()), ['Small', null]),
  'dictionary string enum?': is(z.record(z.string(), Size.nullable()), { a: 'Small' }),
  'item[][] in a dictionary': is(z.map(z.guid(), z.array(z.array(Item))), new Map([[token, [[item(1)]]]])),
  'shared, without a reference': is(Shared, { Value: 1, Other: { Value: 2, Other: null } }),
}
