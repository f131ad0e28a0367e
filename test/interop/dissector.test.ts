/** tshark's dissector, which nobody here wrote, sees the same records in recorded connections as Portico's decoders do. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { faultUri } from '#framing/faults.ts'
import { clients, isMissing, told } from './support/clients.ts'
import { byPortico, byTshark } from './support/frames.ts'
import { MonoBehindPortico } from './support/mono-server.ts'
import { Recorder } from './support/recorder.ts'

const { tshark, 'Mono server': server } = inject('peers')

test.skipIf('missing' in tshark || 'missing' in server).each(clients.filter((name) => !isMissing(name)))(
  'tshark and Portico agree about every frame of the %s',
  async (name) => {
    using ended = new DisposableStack()
    const folder = ended.adopt(mkdtempSync(join(tmpdir(), 'portico-pcap-')), (it) => rmSync(it, { recursive: true }))
    await using recorder = await Recorder.start()
    await using mono = await MonoBehindPortico.start(recorder.port)
    recorder.target = mono.portico.port
    await told(name, recorder.port, '/orders', 'calls', 'buffered')
    await told(name, recorder.port, '/nowhere', 'once')
    // In one segment: tshark doesn't put chunks of streamed messages together.
    await told(name, recorder.port, '/documents', 'streams', '20000')

    const dissected = recorder.recordings.map(byPortico)
    expect(dissected.map(({ client }) => client.texts[0])).toEqual(
      ['orders', 'nowhere', 'documents', 'documents', 'documents'].map(
        (path) => `net.tcp://127.0.0.1:${recorder.port}/${path}`,
      ),
    )
    expect(dissected[0]?.client.sizes).toHaveLength(7)
    expect(dissected[1]?.server.texts).toEqual([faultUri('EndpointNotFound')])
    expect(await byTshark(recorder.recordings, folder)).toEqual(dissected)
  },
)
