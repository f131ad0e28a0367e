/** The records of a recording, once as Portico's decoders see them and once as tshark's dissector does. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { readPreamble } from '#framing/preamble.ts'
import { recordType } from '#framing/records.ts'
import { SessionDecoder, type SessionItem } from '#framing/session-decoder.ts'
import { run } from './build.ts'
import { firstClientPort, pcapOf, serverPort } from './pcap.ts'
import type { Recording, Speaker } from './recorder.ts'

/** What one side said: the types of its records in turn, and what stands in those that hold something. */
export interface Frames {
  readonly types: readonly number[]
  /** Sizes of envelopes, and those of the chunks of streamed ones. */
  readonly sizes: readonly number[]
  readonly chunks: readonly number[]
  /** The URIs: vias and faults. */
  readonly texts: readonly string[]
}

export type Dissected = Readonly<Record<Speaker, Frames>>

interface Growing extends Frames {
  readonly types: number[]
  readonly sizes: number[]
  readonly chunks: number[]
  readonly texts: string[]
}

const nothing = (): Growing => ({ types: [], sizes: [], chunks: [], texts: [] })

export function byPortico(recording: Recording): Dissected {
  const said = (by: Speaker) => Buffer.concat(recording.filter((each) => each.by === by).flatMap(({ bytes }) => bytes))
  const fromClient = said('client')
  const reading = readPreamble(fromClient)
  if (reading.is !== 'complete') throw new Error(`the preamble is ${reading.is}`)
  const { mode, via, length } = reading.preamble
  const client = nothing()
  client.types.push(recordType.version, recordType.mode, recordType.via, recordType.knownEncoding)
  client.texts.push(via)
  const server = nothing()
  decode(new SessionDecoder('server', mode, length), fromClient.subarray(length), client)
  decode(new SessionDecoder('client', mode), said('server'), server)
  return { client, server }
}

function decode(decoder: SessionDecoder, bytes: Buffer, into: Growing): void {
  decoder.feed(bytes)
  for (let item = decoder.next(); item; item = decoder.next()) add(item, into)
  if (decoder.rest().length > 0) throw new Error(`${decoder.rest().length} bytes are left`)
}

function add(item: SessionItem, into: Growing): void {
  if (item.is === 'preambleEnd') into.types.push(recordType.preambleEnd)
  else if (item.is === 'preambleAck') into.types.push(recordType.preambleAck)
  else if (item.is === 'streamStart') into.types.push(recordType.unsizedEnvelope)
  else if (item.is === 'end') into.types.push(recordType.end)
  else if (item.is === 'chunkAnnounced') into.chunks.push(item.size)
  else if (item.is === 'fault') {
    into.types.push(recordType.fault)
    into.texts.push(item.uri)
  } else if (item.is === 'envelopeAnnounced') {
    into.types.push(recordType.sizedEnvelope)
    into.sizes.push(item.size)
  }
}

const fields = ['tcp.srcport', 'tcp.dstport', '_ws.malformed', 'mc-nmf.record_type', 'mc-nmf.payload_length']
const further = ['mc-nmf.chunk_length', 'mc-nmf.via', 'mc-nmf.fault']

/** What tshark makes of the same bytes, for each recording. Fails when it calls anything malformed. */
export async function byTshark(recordings: readonly Recording[], folder: string): Promise<Dissected[]> {
  const file = join(folder, 'recorded.pcap')
  writeFileSync(file, pcapOf(recordings))
  const tshark = inject('peers').tshark
  if ('missing' in tshark) throw new Error(tshark.missing)
  const shown = [...fields, ...further].flatMap((field) => ['-e', field])
  const args = ['-r', file, '-d', `tcp.port==${serverPort},mc-nmf`, '-Y', 'mc-nmf', '-T', 'fields', ...shown]
  const printed = await run(tshark.command[0], args, 30_000)
  const dissected = recordings.map(() => ({ client: nothing(), server: nothing() }))
  for (const line of printed.split('\n').filter((each) => /^\d+\t/.test(each))) {
    const [from = '', to = '', malformed, types = '', sizes = '', chunks = '', via, fault] = line.split('\t')
    if (malformed) throw new Error(`tshark calls it malformed: ${line.slice(0, 300)}`)
    const by = Number(to) === serverPort ? 'client' : 'server'
    const into = dissected[Number(by === 'client' ? from : to) - firstClientPort]?.[by]
    into?.types.push(...numbers(types))
    into?.sizes.push(...numbers(sizes))
    into?.chunks.push(...numbers(chunks))
    into?.texts.push(...[via, fault].filter((text) => text !== undefined && text !== '').map(String))
  }
  return dissected
}

const numbers = (list: string) => (list === '' ? [] : list.split(',').map(Number))
