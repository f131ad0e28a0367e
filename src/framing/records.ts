/** The vocabulary of net.tcp framing: record types, modes, encodings, upgrades and the limits of their sizes. */

/** The first byte of each record. */
export const recordType = {
  version: 0x00,
  mode: 0x01,
  via: 0x02,
  knownEncoding: 0x03,
  extensibleEncoding: 0x04,
  unsizedEnvelope: 0x05,
  sizedEnvelope: 0x06,
  end: 0x07,
  fault: 0x08,
  upgradeRequest: 0x09,
  upgradeResponse: 0x0a,
  preambleAck: 0x0b,
  preambleEnd: 0x0c,
} as const

const recordNames = [
  'Version',
  'Mode',
  'Via',
  'Known Encoding',
  'Extensible Encoding',
  'Unsized Envelope',
  'Sized Envelope',
  'End',
  'Fault',
  'Upgrade Request',
  'Upgrade Response',
  'Preamble Ack',
  'Preamble End',
] as const

/** The name of a record for people, as `a Via record (02)`; of any other byte its value. */
export function describeRecord(byte: number): string {
  const hex = byte.toString(16).padStart(2, '0')
  const name = recordNames[byte]
  return name === undefined ? `the byte ${hex}` : `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name} record (${hex})`
}

/** How messages travel: `duplex` any number of sized envelopes both ways, `singleton` one streamed request and reply. */
export type Mode = 'singleton' | 'duplex' | 'simplex' | 'singletonSized'

/** The modes that a TCP server serves; the others belong to message queues. */
export type ServedMode = Extract<Mode, 'singleton' | 'duplex'>

export const modeByte = { singleton: 1, duplex: 2, simplex: 3, singletonSized: 4 } as const satisfies Record<
  Mode,
  number
>

const modes: readonly (Mode | undefined)[] = [undefined, 'singleton', 'duplex', 'simplex', 'singletonSized']

export function modeOf(byte: number): Mode | undefined {
  return modes[byte]
}

/** The content types that have a code of one byte, by that code. */
export const knownEncodings = [
  'text/xml; charset=utf-8',
  'text/xml; charset=utf16',
  'text/xml; charset=unicodeFFFE',
  'application/soap+xml; charset=utf-8',
  'application/soap+xml; charset=utf16',
  'application/soap+xml; charset=unicodeFFFE',
  'multipart/related',
  'application/soap+msbin1',
  'application/soap+msbinsession1',
] as const

/** The content type of a code; an unknown code is no framing error, it fails where content types are compared. */
export function contentTypeOf(code: number): string {
  return knownEncodings[code] ?? `unknown${code}`
}

/** The code of a content type that has one; the comparison is exact. */
export function encodingCodeOf(contentType: string): number | undefined {
  const code = (knownEncodings as readonly string[]).indexOf(contentType)
  return code === -1 ? undefined : code
}

/** The content types of the two upgrades that secure a connection. */
export const upgradeType = { tls: 'application/ssl-tls', negotiate: 'application/negotiate' } as const

/** The greatest sizes in bytes of UTF-8. */
export const maxViaSize = 2048
export const maxContentTypeSize = 256
export const maxUpgradeTypeSize = 256
export const maxFaultSize = 256
