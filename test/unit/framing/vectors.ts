/** The worked and captured preambles, with what they say. */
import { captured, exchanges, hex } from '../../support/bytes.ts'

const via39 =
  '6e 65 74 2e 74 63 70 3a 2f 2f 6c 6f 63 61 6c 68 6f 73 74 3a 38 30 38 2f 41 70 70 2f 53 65 72 76 69 63 65 2e 73 76 63'
const via35 = '6e 65 74 2e 74 63 70 3a 2f 2f 6c 6f 63 61 6c 68 6f 73 74 2f 41 70 70 2f 53 65 72 76 69 63 65 2e 73 76 63'
const gzip = '61 70 70 6c 69 63 61 74 69 6f 6e 2f 73 6f 61 70 2b 6d 73 62 69 6e 73 65 73 73 69 6f 6e 31 2b 67 7a 69 70'

const session = 'application/soap+msbinsession1'

export interface Vector {
  readonly title: string
  readonly bytes: Buffer
  readonly length: number
  readonly mode: 'duplex' | 'singleton'
  readonly via: string
  readonly contentType: string
}

const written = 'net.tcp://localhost:808/App/Service.svc'
const canonical = 'net.tcp://localhost/App/Service.svc'

function vector(title: string, dump: string, length: number, says: Partial<Vector>): Vector {
  return { title, bytes: hex(dump), length, mode: 'duplex', via: canonical, contentType: session, ...says }
}

export const preambles: readonly Vector[] = [
  vector('duplex with an explicit port', `00 01 00 01 02 02 27 ${via39} 03 08 0c`, 48, { via: written }),
  vector('duplex as .NET clients send it', `00 01 00 01 02 02 23 ${via35} 03 08 0c`, 44, {}),
  vector('singleton', `00 01 00 01 01 02 23 ${via35} 03 07 0c`, 44, {
    mode: 'singleton',
    contentType: 'application/soap+msbin1',
  }),
  vector('duplex that will ask for an upgrade', `00 01 00 01 02 02 23 ${via35} 03 08`, 44, {}),
  vector('duplex with an extensible encoding', `00 01 00 01 02 02 23 ${via35} 04 23 ${gzip} 0c`, 79, {
    contentType: 'application/soap+msbinsession1+gzip',
  }),
  vector('a size longer than necessary', `00 01 00 01 02 02 a7 00 ${via39} 03 08 0c`, 49, { via: written }),
  vector('an encoding that nobody knows', `00 01 00 01 02 02 23 ${via35} 03 09 0c`, 44, { contentType: 'unknown9' }),
  vector('a minor version that nobody checks', `00 01 07 01 02 02 23 ${via35} 03 08 0c`, 44, {}),
  vector('an empty content type', `00 01 00 01 02 02 23 ${via35} 04 00 0c`, 44, { contentType: '' }),
  vector(
    'a Mono client',
    '00 01 00 01 02 02 1d 6e 65 74 2e 74 63 70 3a 2f 2f 31 32 37 2e 30 2e 30 2e 31 2f 41 70 70 2f 53 2e 73 76 63 03 08 0c',
    38,
    { via: 'net.tcp://127.0.0.1/App/S.svc' },
  ),
  vector(
    'a Mono client with a via that is not escaped',
    `00 01 00 01 02 02 23 6e 65 74 2e 74 63 70 3a 2f 2f 31 32 37 2e 30 2e 30 2e 31 3a 39 30 31 31 2f 41 70 70 2f
     61 20 62 2f c3 a9 03 08 0c`,
    44,
    { via: 'net.tcp://127.0.0.1:9011/App/a b/é' },
  ),
  ...exchanges.map(
    (name): Vector => ({
      title: `the captured exchange ${name}`,
      bytes: captured(name, 'client'),
      length: 38,
      mode: name === 'streamed' ? 'singleton' : 'duplex',
      via: 'net.tcp://127.0.0.1:8080/Echo',
      contentType: name === 'streamed' ? 'application/soap+msbin1' : session,
    }),
  ),
]

/** A preamble whose via is as many bytes long; its size takes `sizeBytes`. */
export function preambleWithVia(size: number, sizeDump: string, encodingDump = '03 08'): Buffer {
  const via = `net.tcp://h/${'a'.repeat(size - 12)}`
  return Buffer.concat([hex(`00 01 00 01 02 02 ${sizeDump}`), Buffer.from(via), hex(encodingDump)])
}
