/** Fault records: all twelve to the byte, the captured ones, and what they mean. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeFault, explainFault, type FaultName, faultNames, faultOf, faultUri } from '#framing/faults.ts'
import { hex } from '../../support/bytes.ts'

const base = `68 74 74 70 3a 2f 2f 73 63 68 65 6d 61 73 2e 6d 69 63 72 6f 73 6f 66 74 2e 63 6f 6d 2f 77 73 2f 32 30 30 36 2f
  30 35 2f 66 72 61 6d 69 6e 67 2f 66 61 75 6c 74 73 2f`

const faults: readonly (readonly [FaultName, string, string])[] = [
  ['ContentTypeInvalid', '08 49', '43 6f 6e 74 65 6e 74 54 79 70 65 49 6e 76 61 6c 69 64'],
  ['ContentTypeTooLong', '08 49', '43 6f 6e 74 65 6e 74 54 79 70 65 54 6f 6f 4c 6f 6e 67'],
  ['ConnectionDispatchFailed', '08 4f', '43 6f 6e 6e 65 63 74 69 6f 6e 44 69 73 70 61 74 63 68 46 61 69 6c 65 64'],
  ['EndpointNotFound', '08 47', '45 6e 64 70 6f 69 6e 74 4e 6f 74 46 6f 75 6e 64'],
  ['EndpointUnavailable', '08 4a', '45 6e 64 70 6f 69 6e 74 55 6e 61 76 61 69 6c 61 62 6c 65'],
  [
    'MaxMessageSizeExceededFault',
    '08 52',
    '4d 61 78 4d 65 73 73 61 67 65 53 69 7a 65 45 78 63 65 65 64 65 64 46 61 75 6c 74',
  ],
  ['ServerTooBusy', '08 44', '53 65 72 76 65 72 54 6f 6f 42 75 73 79'],
  ['ServiceActivationFailed', '08 4e', '53 65 72 76 69 63 65 41 63 74 69 76 61 74 69 6f 6e 46 61 69 6c 65 64'],
  ['UnsupportedMode', '08 46', '55 6e 73 75 70 70 6f 72 74 65 64 4d 6f 64 65'],
  ['UnsupportedVersion', '08 49', '55 6e 73 75 70 70 6f 72 74 65 64 56 65 72 73 69 6f 6e'],
  ['UpgradeInvalid', '08 45', '55 70 67 72 61 64 65 49 6e 76 61 6c 69 64'],
  ['ViaTooLong', '08 41', '56 69 61 54 6f 6f 4c 6f 6e 67'],
]

test('the table holds every fault', () => {
  expect(faults.map(([name]) => name).sort()).toEqual([...faultNames].sort())
})

describe.each(faults)('the fault %s', (name, header, suffix) => {
  test('is written to the byte', () => {
    expect(encodeFault(name)).toEqual(hex(`${header} ${base} ${suffix}`))
  })

  test('is known by its URI and explained', () => {
    expect(faultOf(faultUri(name))).toBe(name)
    expect(explainFault(faultUri(name))).not.toContain('http')
  })
})

test.each([
  ['EndpointNotFound', 73],
  ['EndpointUnavailable', 76],
  ['ConnectionDispatchFailed', 81],
] as const)('the record of %s has %i bytes', (name, length) => {
  expect(encodeFault(name)).toHaveLength(length)
})

const file = readFileSync(join(import.meta.dirname, '../../fixtures/captures/fault-records.txt'), 'utf8')

test.each(
  file
    .trim()
    .split('\n')
    .map((line) => line.split(' ')),
)('the captured record of %s is ours', (name, dump) => {
  expect(encodeFault(name as FaultName).toString('hex')).toBe(dump)
})

test('a URI that is no known fault is told as it came', () => {
  expect(faultOf('urn:x')).toBeUndefined()
  expect(faultOf(faultUri('ViaTooLong').toLowerCase())).toBeUndefined()
  expect(explainFault('urn:x')).toContain('urn:x')
})
