/** Bytes in tests: written as hex, read from captures, split in every way. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The bytes of a hex dump with any blanks. */
export function hex(dump: string): Buffer {
  return Buffer.from(dump.replaceAll(/\s/g, ''), 'hex')
}

/** The bytes in pieces, cut at the offsets. */
export function cutAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const cuts = [...new Set([0, ...offsets.map((offset) => offset % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
}

export interface CapturedRecord {
  readonly from: 'client' | 'server'
  readonly record: string
  readonly bytes: Buffer
}

/** The records of an exchange between a real WCF client and server, in the order in which they went. */
export function capture(name: string): CapturedRecord[] {
  const text = readFileSync(join(import.meta.dirname, '../fixtures/captures', `${name}.txt`), 'utf8')
  return [...text.matchAll(/^[\d.]+ (C>S|S>C) (\w+) .*?([0-9a-f]+)$/gm)].map(
    ([, direction, record = '', dump = '']) => ({
      from: direction === 'C>S' ? 'client' : 'server',
      record,
      bytes: Buffer.from(dump, 'hex'),
    }),
  )
}

/** Everything that one side of a captured exchange wrote. */
export function captured(name: string, from: 'client' | 'server'): Buffer {
  return Buffer.concat(capture(name).flatMap((record) => (record.from === from ? [record.bytes] : [])))
}

export const exchanges = [
  'echo',
  'echo3-keepopen',
  'duplex-callback',
  'length-3000',
  'notify-oneway',
  'soapfault',
  'streamed',
] as const
