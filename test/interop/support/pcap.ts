/** Writes recordings as a capture of a network: a pcap file of TCP segments over IPv4, which nobody had to listen for. */
import type { Recording, Speaker } from './recorder.ts'

/** What a capture of whole IP packets calls itself. */
const rawIp = 101
/** A packet's length has 16 bits, headers included. */
const longestSegment = 65_000
export const serverPort = 808
/** Connections get one each from here on. */
export const firstClientPort = 50_000

const flag = { fin: 0x01, syn: 0x02, push: 0x08, ack: 0x10 }

export function pcapOf(recordings: readonly Recording[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262_144, 16)
  header.writeUInt32LE(rawIp, 20)
  const packets = recordings.flatMap((recording, n) => connection(recording, firstClientPort + n))
  return Buffer.concat([header, ...packets.flatMap((packet, n) => [captured(packet.length, n), packet])])
}

/** What stands before each packet: when, by its number, and how long. */
function captured(length: number, n: number): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(1_700_000_000 + Math.trunc(n / 1000), 0)
  header.writeUInt32LE((n % 1000) * 1000, 4)
  header.writeUInt32LE(length, 8)
  header.writeUInt32LE(length, 12)
  return header
}

function connection(recording: Recording, clientPort: number): Buffer[] {
  const sent: Record<Speaker, number> = { client: 0, server: 0 }
  const packets: Buffer[] = []
  const send = (by: Speaker, flags: number, bytes: Uint8Array = Buffer.alloc(0)) => {
    const other = by === 'client' ? 'server' : 'client'
    const ports = by === 'client' ? [clientPort, serverPort] : [serverPort, clientPort]
    packets.push(packet(by, ports as [number, number], sent[by], sent[other], flags, bytes))
    sent[by] += bytes.length + (flags & (flag.syn | flag.fin) ? 1 : 0)
  }
  send('client', flag.syn)
  send('server', flag.syn | flag.ack)
  send('client', flag.ack)
  // All that one says, then all that the other says: in turns, an answer that begins early would cut a chunk of a streamed
  // message in two, and tshark calls halves of chunks malformed.
  for (const by of ['client', 'server'] as const) {
    const all = Buffer.concat(recording.filter((each) => each.by === by).flatMap(({ bytes }) => bytes))
    for (let at = 0; at < all.length; at += longestSegment)
      send(by, flag.push | flag.ack, all.subarray(at, at + longestSegment))
  }
  send('client', flag.fin | flag.ack)
  send('server', flag.fin | flag.ack)
  return packets
}

function packet(
  by: Speaker,
  [from, to]: [number, number],
  sequence: number,
  acknowledged: number,
  flags: number,
  bytes: Uint8Array,
): Buffer {
  const headers = Buffer.alloc(40)
  headers[0] = 0x45 // IPv4, a header of five words
  headers.writeUInt16BE(40 + bytes.length, 2)
  headers[8] = 64
  headers[9] = 6 // TCP
  headers.set(by === 'client' ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1], 12)
  headers.writeUInt16BE(from, 20)
  headers.writeUInt16BE(to, 22)
  headers.writeUInt32BE(sequence, 24)
  headers.writeUInt32BE(acknowledged, 28)
  headers[32] = 0x50 // a TCP header of five words
  headers[33] = flags
  headers.writeUInt16BE(65_535, 34)
  return Buffer.concat([headers, bytes])
}
