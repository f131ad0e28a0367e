import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PorticoError } from '#base/errors.ts'
import { parseVia } from '#framing/via.ts'
import { parseRegisteredUri } from '#registry/registered-uri.ts'
import { prefixTable } from '#routing/prefix-table.ts'

const piece = fc.oneof(
  fc.constantFrom(
    'net.tcp://',
    '+',
    '*',
    '[::1]',
    '[',
    ']',
    ':',
    '/',
    '%',
    '%2f',
    '%ff',
    '..',
    '.',
    '@',
    '#',
    '?',
    '\ud800',
    '0x7f.1',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const uri = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 12 }).map((pieces) => `net.tcp://+:9000/${pieces.join('')}`),
)

test('whatever a peer registers is refused with an error of the catalogue, or found again under its canonical form', () => {
  fc.assert(
    fc.property(uri, fc.option(fc.string(), { nil: undefined }), (text, mode) => {
      try {
        const made = parseRegisteredUri(text, mode)
        expect(parseRegisteredUri(made.uri, made.mode)).toEqual(made)
        const table = prefixTable([{ ...made, target: 'it' }])
        expect(table.at(made)?.target).toBe('it')
      } catch (error) {
        if (!(error instanceof PorticoError)) throw error
        expect(error.message).not.toMatch(/[\p{Cc}\p{Cs}]/u)
      }
    }),
    { numRuns: 5_000 },
  )
})

test('whatever is asked for is found, not found, or no address; nothing throws', () => {
  const table = prefixTable([{ mode: 'StrongWildcard', host: '', port: 9000, path: '/', target: 'it' } as const])
  fc.assert(
    fc.property(uri, fc.string({ unit: 'binary' }), (text, address) => {
      const via = parseVia(text)
      if (via) table.lookup(via, { address, port: 9000 })
    }),
    { numRuns: 5_000 },
  )
})
