/** The faults of net.tcp framing: their records, and what a client that gets one should understand. */
import { int31Length, writeInt31 } from './int31.ts'
import { recordType } from './records.ts'

const base = 'http://schemas.microsoft.com/ws/2006/05/framing/faults/'

/** Each fault by the last part of its URI, with the sentence for the person whose client gets it. */
export const faultMeanings = {
  ContentTypeInvalid: 'the service does not take this content type: compare the encoding of the two bindings',
  ContentTypeTooLong: 'the content type is too long for the peer',
  ConnectionDispatchFailed:
    "the connection was accepted but could not be handed to its service: look in the server's log",
  EndpointNotFound: 'nothing listens at this address: check host, port and path',
  EndpointUnavailable: 'the address is known but takes no connection now: its application or pool is stopped',
  MaxMessageSizeExceededFault: 'the message is larger than the peer accepts',
  ServerTooBusy: 'the peer is overloaded: try again later',
  ServiceActivationFailed: "the service did not start: look in the server's log",
  UnsupportedMode: 'the service does not support this framing mode: compare the transfer mode of the two bindings',
  UnsupportedVersion: 'the peer does not support this version of the framing',
  UpgradeInvalid: 'the service does not support the upgrade asked for: compare the security settings',
  ViaTooLong: 'the address is too long for the peer',
} as const

export type FaultName = keyof typeof faultMeanings

export const faultNames = Object.keys(faultMeanings) as readonly FaultName[]

export function faultUri(name: FaultName): string {
  return base + name
}

/** The fault that a URI names; undefined for URIs that are none of the twelve. */
export function faultOf(uri: string): FaultName | undefined {
  return faultNames.find((name) => uri === faultUri(name))
}

/** What the client should understand, also of a fault that nobody specified. */
export function explainFault(uri: string): string {
  const name = faultOf(uri)
  return name ? faultMeanings[name] : `the peer answered with the fault ${uri}`
}

const records = new Map(faultNames.map((name) => [name, faultRecord(faultUri(name))]))

/** The record of a fault. It is shared: never write into it. */
export function encodeFault(name: FaultName): Buffer {
  return records.get(name) ?? faultRecord(faultUri(name))
}

function faultRecord(uri: string): Buffer {
  const record = Buffer.alloc(1 + int31Length(uri.length) + uri.length)
  record[0] = recordType.fault
  record.write(uri, writeInt31(uri.length, record, 1), 'latin1')
  return record
}
