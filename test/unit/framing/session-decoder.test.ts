/** What follows the preamble: the captured exchanges on any split, and every error where it stands. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPorticoError, PorticoError } from '#base/errors.ts'
import { chunkHeader, encodeSizedEnvelope, encodeUpgradeRequest, sizedEnvelopeHeader } from '#framing/envelopes.ts'
import { encodeFault, faultUri } from '#framing/faults.ts'
import type { ServedMode } from '#framing/records.ts'
import { SessionDecoder, type SessionItem, type Side } from '#framing/session-decoder.ts'
import { capture, captured, cutAt, exchanges, hex } from '../../support/bytes.ts'

function decoded(decoder: SessionDecoder, pieces: readonly Uint8Array[]): SessionItem[] {
  const items: SessionItem[] = []
  for (const piece of pieces) {
    decoder.feed(piece)
    for (let item = decoder.next(); item; item = decoder.next()) items.push(item)
  }
  return items
}

/** The items as text, with the pieces of a chunk joined, as where they are cut is chance. */
function told(items: readonly SessionItem[]): string {
  let text = ''
  let last: SessionItem | undefined
  for (const item of items) {
    if (item.is !== 'piece' || last?.is !== 'piece') text += `\n${item.is} `
    text += 'bytes' in item ? item.bytes.toString('hex') : JSON.stringify(item)
    last = item
  }
  return text
}

const opening = ['Version', 'Mode', 'Via', 'KnownEncoding']

/** What one side of an exchange says after the preamble, and its bytes. */
function afterPreamble(name: (typeof exchanges)[number], from: 'client' | 'server') {
  const length = from === 'client' ? 38 : 0
  const records = capture(name).filter((record) => record.from === from && !opening.includes(record.record))
  return {
    bytes: captured(name, from).subarray(length),
    position: length,
    records: records.map(({ record }) => record),
  }
}

const names: Partial<Record<SessionItem['is'], string>> = {
  preambleEnd: 'PreambleEnd',
  preambleAck: 'PreambleAck',
  envelope: 'SizedEnvelope',
  streamStart: 'UnsizedEnvelope',
  end: 'End',
}

describe.each(exchanges)('the captured exchange %s', (name) => {
  describe.each([
    ['client', 'server'],
    ['server', 'client'],
  ] as const)('what the %s says, read by the %s', (from, side) => {
    const mode = name === 'streamed' ? 'singleton' : 'duplex'
    const { bytes, position, records } = afterPreamble(name, from)
    const decoder = () => new SessionDecoder(side, mode, position)
    const whole = decoded(decoder(), [bytes])

    test('has the captured records', () => {
      expect(whole.flatMap((item) => names[item.is] ?? [])).toEqual(records)
    })

    test('is the same split at every offset', () => {
      for (let at = 0; at <= bytes.length; at += 1) {
        expect(told(decoded(decoder(), cutAt(bytes, [at])))).toBe(told(whole))
      }
    })

    test('is the same one byte at a time', () => {
      const single = [...bytes].map((byte) => Uint8Array.of(byte))
      expect(told(decoded(decoder(), single))).toBe(told(whole))
    })

    test('is cut off wherever it stops before its end', () => {
      for (let end = 0; end < bytes.length; end += 1) {
        const cut = decoder()
        decoded(cut, [bytes.subarray(0, end)])
        expect(() => cut.endOfInput()).toThrow(PorticoError)
      }
    })
  })
})

test('an envelope in one chunk is a part of it, not a copy', () => {
  const bytes = Buffer.concat([hex('0c'), encodeSizedEnvelope(Buffer.from('hello'))])
  const envelope = decoded(new SessionDecoder('server', 'duplex'), [bytes]).at(-1)
  expect(envelope).toEqual({ is: 'envelope', bytes: Buffer.from('hello') })
  expect(envelope?.is === 'envelope' && envelope.bytes.buffer).toBe(bytes.buffer)
})

test('the size of an envelope is known before its first byte has come', () => {
  const decoder = new SessionDecoder('server', 'duplex')
  expect(decoded(decoder, [hex('0c 06 ac 02')])).toEqual([
    { is: 'preambleEnd' },
    { is: 'envelopeAnnounced', size: 300 },
  ])
})

test('a huge announced size takes no memory until the bytes come', () => {
  const decoder = new SessionDecoder('server', 'duplex')
  const used = process.memoryUsage().arrayBuffers
  expect(decoded(decoder, [hex('0c 06 ff ff ff ff 07 00')]).at(-1)).toEqual({
    is: 'envelopeAnnounced',
    size: 2147483647,
  })
  expect(process.memoryUsage().arrayBuffers - used).toBeLessThan(1_000_000)
})

test('an envelope of no bytes is an envelope', () => {
  const items = decoded(new SessionDecoder('server', 'duplex'), [hex('0c 06 00')])
  expect(items.at(-1)).toEqual({ is: 'envelope', bytes: Buffer.alloc(0) })
})

test('a streamed envelope comes chunk by chunk', () => {
  const items = decoded(new SessionDecoder('server', 'singleton'), [hex('0c 05 05 68 65 6c 6c 6f 03 77 6f 72 00 07')])
  expect(items).toEqual([
    { is: 'preambleEnd' },
    { is: 'streamStart' },
    { is: 'chunkAnnounced', size: 5 },
    { is: 'piece', bytes: Buffer.from('hello') },
    { is: 'chunkAnnounced', size: 3 },
    { is: 'piece', bytes: Buffer.from('wor') },
    { is: 'streamEnd' },
    { is: 'end' },
  ])
})

test('after End the next preamble is left whole, and the position is that of the first session', () => {
  const decoder = new SessionDecoder('server', 'duplex', 44)
  const next = hex('00 01 00 01 02')
  decoded(decoder, [Buffer.concat([hex('0c 06 01 61 07'), next])])
  expect(decoder.rest()).toEqual(next)
  expect(decoder.position).toBe(49)
  decoder.endOfInput()
})

test.each([
  ['negotiate', '09 15 61 70 70 6c 69 63 61 74 69 6f 6e 2f 6e 65 67 6f 74 69 61 74 65', 'application/negotiate'],
  ['TLS', '09 13 61 70 70 6c 69 63 61 74 69 6f 6e 2f 73 73 6c 2d 74 6c 73', 'application/ssl-tls'],
])(
  'the request for %s is read and written to the byte, and what follows belongs to the upgrade',
  (_, dump, contentType) => {
    expect(encodeUpgradeRequest(contentType)).toEqual(hex(dump))
    const decoder = new SessionDecoder('server', 'duplex', 44)
    decoder.feed(Buffer.concat([hex(dump), hex('16 01 00')]))
    expect(decoder.next()).toEqual({ is: 'upgradeRequest', contentType })
    expect(decoder.rest()).toEqual(hex('16 01 00'))
  },
)

test('a client reads the acceptance of an upgrade, then the acknowledgement', () => {
  const items = decoded(new SessionDecoder('client', 'duplex'), [hex('0a 0b 07')])
  expect(items.map(({ is }) => is)).toEqual(['upgradeResponse', 'preambleAck', 'end'])
})

test.each(['', '0b ', '0b 06 01 61 '])('a client reads a fault after "%s", and nothing after it', (before) => {
  const decoder = new SessionDecoder('client', 'duplex')
  const items = decoded(decoder, [Buffer.concat([hex(before), encodeFault('EndpointNotFound')])])
  expect(items.at(-1)).toEqual({ is: 'fault', uri: faultUri('EndpointNotFound') })
  decoder.endOfInput()
})

test('a reply without an envelope is only End', () => {
  expect(decoded(new SessionDecoder('client', 'singleton'), [hex('0b 07')]).at(-1)).toEqual({ is: 'end' })
})

test('a fault of 256 bytes is read, one of 257 is refused at its size', () => {
  const fault = (size: number, header: string) => Buffer.concat([hex(header), Buffer.alloc(size, 0x61)])
  expect(decoded(new SessionDecoder('client', 'duplex'), [fault(256, '08 80 02')])).toHaveLength(1)
  expect(() => decoded(new SessionDecoder('client', 'duplex'), [hex('08 81 02')])).toThrow(/257 bytes.*byte 2/)
})

describe('bytes that break the rules are named with position and state', () => {
  const cases: readonly (readonly [string, Side, ServedMode, string, string, string, number])[] = [
    ['no upgrade and no end of the preamble', 'server', 'duplex', '06', 'Sized Envelope', 'ReadingUpgradeRecord', 44],
    ['a streamed envelope in duplex', 'server', 'duplex', '0c 05', 'Unsized Envelope', 'ReadingEndRecord', 45],
    ['a sized envelope in singleton', 'server', 'singleton', '0c 06', 'Sized Envelope', 'ReadingEnvelopeRecord', 45],
    ['End without a request in singleton', 'server', 'singleton', '0c 07', 'an End', 'ReadingEnvelopeRecord', 45],
    ['a second request in singleton', 'server', 'singleton', '0c 05 00 05', 'Unsized', 'ReadingEndRecord', 47],
    ['a size over 31 bits', 'server', 'duplex', '0c 06 80 80 80 80 08', 'size', 'ReadingEnvelopeSize', 50],
    ['a chunk over 31 bits', 'server', 'singleton', '0c 05 80 80 80 80 08', 'size', 'ReadingEnvelopeChunkSize', 50],
    ['an upgrade type of 257 bytes', 'server', 'duplex', '09 81 02', '257', 'ReadingUpgradeString', 46],
    ['HTTP instead of the acknowledgement', 'client', 'duplex', '48 54', 'HTTP endpoint', 'ReadingAckRecord', 44],
    ['http instead of the acknowledgement', 'client', 'duplex', '68', 'HTTP endpoint', 'ReadingAckRecord', 44],
    ['noise instead of the acknowledgement', 'client', 'duplex', '53', 'not speak .NET', 'ReadingAckRecord', 44],
  ]
  test.each(cases)('%s', (_, side, mode, dump, says, state, position) => {
    for (const pieces of [[hex(dump)], [...hex(dump)].map((byte) => Uint8Array.of(byte))]) {
      const run = () => decoded(new SessionDecoder(side, mode, 44), pieces)
      expect(run).toThrow(says)
      expect(run).toThrow(
        expect.objectContaining({ code: 'FRAMING_INVALID', args: expect.objectContaining({ state, position }) }),
      )
    }
  })

  test('the end of the stream in the middle of an envelope', () => {
    const decoder = new SessionDecoder('server', 'duplex')
    decoded(decoder, [hex('0c 06 05 61')])
    expect(() => decoder.endOfInput()).toThrow(/more bytes were expected \(byte 4, ReadingEnvelopeBytes\)/)
  })

  test('a server that closes instead of acknowledging', () => {
    expect(() => new SessionDecoder('client', 'duplex').endOfInput()).toThrow('refused to open the session')
  })

  test('bytes for a decoder that has seen End', () => {
    const decoder = new SessionDecoder('server', 'duplex')
    decoded(decoder, [hex('0c 07')])
    expect(() => decoder.feed(hex('00'))).toThrow('already ended')
  })
})

test.each([
  [5, '06 05'],
  [300, '06 ac 02'],
])('an envelope of %i bytes begins with %s', (size, header) => {
  expect(sizedEnvelopeHeader(size)).toEqual(hex(header))
  expect(encodeSizedEnvelope(Buffer.alloc(size, 1))).toEqual(Buffer.concat([hex(header), Buffer.alloc(size, 1)]))
})

test('a chunk of no bytes is never written, it would end the envelope', () => {
  expect(chunkHeader(300)).toEqual(hex('ac 02'))
  expect(() => chunkHeader(0)).toThrow(RangeError)
})

/** Everything that happened: the items, and the error if there was one. */
function outcome(side: Side, mode: ServedMode, pieces: readonly Uint8Array[]) {
  const decoder = new SessionDecoder(side, mode)
  const items: SessionItem[] = []
  try {
    for (const piece of pieces) {
      decoder.feed(piece)
      for (let item = decoder.next(); item; item = decoder.next()) items.push(item)
      if (items.at(-1)?.is === 'end' || items.at(-1)?.is === 'fault') break
    }
  } catch (error) {
    if (!isPorticoError(error, 'FRAMING_INVALID')) throw error
    // What the bytes look like instead is a guess from those that are there: not the same for every split.
    const { position, state } = error.args
    return { items: told(items), error: { position, state } }
  }
  return { items: told(items), position: decoder.position }
}

test('however changed bytes are split, the items, the error and its position are the same', () => {
  const sources = exchanges.flatMap((name) => [
    { side: 'server' as const, bytes: afterPreamble(name, 'client').bytes },
    { side: 'client' as const, bytes: afterPreamble(name, 'server').bytes },
  ])
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.constantFrom('duplex' as const, 'singleton' as const),
      fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.array(fc.nat(400), { maxLength: 8 }),
      ({ side, bytes }, mode, changes, cuts) => {
        const copy = Buffer.from(bytes.subarray(0, 400))
        for (const [at, value] of changes) copy[at % copy.length] = value
        expect(outcome(side, mode, cutAt(copy, cuts))).toEqual(outcome(side, mode, [copy]))
      },
    ),
    { numRuns: 1500 },
  )
})
