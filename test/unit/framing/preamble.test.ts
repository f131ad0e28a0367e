/** Preambles: the worked and captured ones on any split, the refused ones at the byte that decides. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePreamble, maxPreambleSize, type PreambleReading, readPreamble } from '#framing/preamble.ts'
import { hex } from '../../support/bytes.ts'
import { preambles, preambleWithVia } from './vectors.ts'

/** The state of a decoder that has read so many bytes of a preamble that is right. */
function stateAt(bytes: Buffer, end: number): string {
  const first = ['VersionRecord', 'MajorVersion', 'MinorVersion', 'ModeRecord', 'ModeValue', 'ViaRecord']
  const viaEnd = (bytes[6] ?? 0) > 0x7f ? 8 + 39 : 7 + (bytes[6] ?? 0)
  if (end < viaEnd) return `Reading${first[end] ?? 'ViaString'}`
  if (end === viaEnd) return 'ReadingContentTypeRecord'
  return bytes[viaEnd] === 3 ? 'ReadingContentTypeByte' : 'ReadingContentTypeString'
}

describe.each(preambles)('$title', ({ bytes, length, mode, via, contentType }) => {
  const decidedAt = contentType === '' ? length + 1 : length

  test('is understood', () => {
    const reading = readPreamble(bytes)
    expect(reading).toMatchObject({ is: 'complete', preamble: { mode, via, contentType, length } })
  })

  test('is complete with the last byte of the encoding and not before, whatever follows', () => {
    const whole = readPreamble(bytes)
    for (let end = 0; end <= bytes.length; end += 1) {
      expect(readPreamble(bytes.subarray(0, end))).toEqual(
        end < decidedAt ? { is: 'incomplete', state: stateAt(bytes, end) } : whole,
      )
    }
  })

  test('is understood in any part of a larger buffer', () => {
    const larger = Buffer.concat([hex('ff ff ff'), bytes, hex('00')])
    expect(readPreamble(new Uint8Array(larger.buffer, larger.byteOffset + 3, bytes.length))).toEqual(
      readPreamble(bytes),
    )
  })
})

test('the via of a Mono client, not escaped, asks for the same path as the escaped one', () => {
  const vector = preambles.find(({ via }) => via.endsWith('é'))
  expect(readPreamble(vector?.bytes ?? hex(''))).toMatchObject({
    preamble: { uri: { path: '/App/a%20b/%C3%A9', port: 9011 } },
  })
})

test('the minor version is told and not judged', () => {
  const vector = preambles.find(({ title }) => title.startsWith('a minor version'))
  expect(readPreamble(vector?.bytes ?? hex(''))).toMatchObject({ preamble: { minorVersion: 7 } })
})

const before = '00 01 00 01 02'

describe.each([
  ['HTTP', '47 45 54 20 2f', 0, 'unexpectedRecord', 'ReadingVersionRecord', 'it looks like HTTP'],
  ['TLS', '16 03 01 02 00', 0, 'unexpectedRecord', 'ReadingVersionRecord', 'it looks like TLS'],
  ['a record that is no Version', '0c', 0, 'unexpectedRecord', 'ReadingVersionRecord', 'Preamble End record (0c) came'],
  ['another major version', '00 02', 1, 'majorVersion', 'ReadingMajorVersion', 'version 2'],
  ['no Mode record', '00 01 00 02', 3, 'unexpectedRecord', 'ReadingModeRecord', 'a Via record (02) came'],
  ['the mode 0', '00 01 00 01 00', 4, 'mode', 'ReadingModeValue', 'mode 0'],
  ['the mode 5', '00 01 00 01 05', 4, 'mode', 'ReadingModeValue', 'mode 5'],
  ['the mode 255', '00 01 00 01 ff', 4, 'mode', 'ReadingModeValue', 'mode 255'],
  ['simplex', '00 01 00 01 03', 4, 'modeNotServed', 'ReadingModeValue', 'simplex'],
  ['singleton sized', '00 01 00 01 04', 4, 'modeNotServed', 'ReadingModeValue', 'singletonSized'],
  ['no Via record', `${before} 03`, 5, 'unexpectedRecord', 'ReadingViaRecord', 'a Via record (02) was expected'],
  ['a via of 2049 bytes', `${before} 02 81 10`, 7, 'viaTooLong', 'ReadingViaString', '2049'],
  ['a via size over 31 bits', `${before} 02 80 80 80 80 08`, 10, 'sizeTooLarge', 'ReadingViaString', 'size'],
  [
    'a via that is no URI',
    `${before} 02 09 6e 6f 74 20 61 20 75 72 69`,
    15,
    'viaNotUri',
    'ReadingViaString',
    '"not a uri"',
  ],
  ['an empty via', `${before} 02 00 03`, 7, 'viaNotUri', 'ReadingViaString', '""'],
  [
    'no encoding record',
    `${before} 02 0b 6e 65 74 2e 74 63 70 3a 2f 2f 68 0c`,
    18,
    'unexpectedRecord',
    'ReadingContentTypeRecord',
    '0c',
  ],
  [
    'a content type of 257 bytes',
    `${before} 02 0b 6e 65 74 2e 74 63 70 3a 2f 2f 68 04 81 02`,
    20,
    'contentTypeTooLong',
    'ReadingContentTypeString',
    '257',
  ],
])('%s', (_, dump, position, kind, state, sentence) => {
  const bytes = hex(dump)

  test('is refused with what is wrong, where, and in which state', () => {
    const reading = readPreamble(bytes)
    expect(reading).toMatchObject({ is: 'invalid', problem: { kind, position, state } })
    expect(reading.is === 'invalid' && reading.problem.says).toContain(sentence)
  })

  test('is refused at the byte that decides and not before', () => {
    expect(readPreamble(bytes.subarray(0, position))).toMatchObject({ is: 'incomplete', state })
    expect(readPreamble(bytes.subarray(0, position + 1))).toMatchObject({ is: 'invalid', problem: { kind, position } })
  })
})

test.each(['POST / HTTP/1.1', 'G', 'PRI * HTTP/2.0'])('%s looks like HTTP', (text) => {
  expect(readPreamble(Buffer.from(text))).toMatchObject({ problem: { looksLike: 'HTTP' } })
})

test.each(['SSH-2.0-x', 'Gopher', '{"type":"hello"}'])('%s looks like nothing known', (text) => {
  const reading = readPreamble(Buffer.from(text))
  expect(reading.is === 'invalid' && reading.problem).not.toHaveProperty('looksLike')
})

describe('the limits', () => {
  test('a via of 2048 bytes and a content type of 256 are taken', () => {
    const encoding = `04 80 02 ${'61'.repeat(256)}`
    const bytes = preambleWithVia(2048, '80 10', encoding)
    expect(bytes).toHaveLength(2315)
    expect(readPreamble(bytes)).toMatchObject({ is: 'complete', preamble: { length: bytes.length } })
  })

  test('the longest preamble has five-byte sizes and is as long as the limit', () => {
    const bytes = preambleWithVia(2048, '80 90 80 80 00', `04 80 82 80 80 00 ${'61'.repeat(256)}`)
    expect(bytes).toHaveLength(maxPreambleSize)
    expect(readPreamble(bytes)).toMatchObject({ is: 'complete', preamble: { length: maxPreambleSize } })
  })
})

const modes = ['duplex', 'singleton'] as const
const contentTypes = ['application/soap+msbin1', 'application/soap+msbin1+gzip', 'text/xml; charset=utf-8', 'x/y']

test('every preamble is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...modes),
      fc.webPath(),
      fc.constantFrom(...contentTypes),
      (mode, path, contentType) => {
        const via = `net.tcp://host:9000${path}`
        const bytes = encodePreamble({ mode, via, contentType })
        expect(readPreamble(bytes)).toMatchObject({ preamble: { mode, via, contentType, length: bytes.length } })
      },
    ),
  )
})

/** The decision without the hint, which may use every byte that has arrived. */
function decision(reading: PreambleReading): unknown {
  if (reading.is !== 'invalid') return reading
  const { kind, position, state } = reading.problem
  return { is: 'invalid', kind, position, state }
}

const mutated = fc
  .tuple(
    fc.constantFrom(...preambles.map(({ bytes }) => bytes.subarray(0, 100))),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
  )
  .map(([bytes, changes]) => {
    const copy = Buffer.from(bytes)
    for (const [at, value] of changes) copy[at % copy.length] = value
    return copy
  })

test('any bytes are decided at one byte: incomplete before it, the same from it on', () => {
  const anyBytes = fc.oneof(
    { weight: 5, arbitrary: mutated },
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const final = decision(readPreamble(bytes))
      let decided = false
      for (let end = 0; end <= bytes.length; end += 1) {
        const reading = readPreamble(bytes.subarray(0, end))
        decided ||= reading.is !== 'incomplete'
        if (decided) expect(decision(reading)).toEqual(final)
        if (reading.is === 'invalid') expect(reading.problem.position).toBeLessThan(end)
      }
    }),
    { numRuns: 500 },
  )
})

test('as many bytes as the longest preamble has always decide', () => {
  fc.assert(
    fc.property(mutated, (start) => {
      const bytes = Buffer.concat([start, Buffer.alloc(maxPreambleSize, 0x61)])
      expect(readPreamble(bytes.subarray(0, maxPreambleSize)).is).not.toBe('incomplete')
    }),
  )
})
