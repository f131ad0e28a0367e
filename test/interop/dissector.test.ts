/** tshark's dissector, which nobody here wrote, sees the same records in recorded connections as Portico's decoders do. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { faultUri } from '#framing/faults.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { describeEachClient, told } from './support/clients.ts'
import { byPortico, byTshark } from './support/frames.ts'
import { Recorder } from './support/recorder.ts'

const apps = { orders: 'wcf-orders', events: 'wcf-order-events', documents: 'wcf-documents' }

describeEachClient('tshark and Portico agree about every frame', (name) => {
  test.skipIf('missing' in inject('peers').tshark)(`between the ${name} and services in TypeScript`, async () => {
    using ended = new DisposableStack()
    const folder = ended.adopt(mkdtempSync(join(tmpdir(), 'portico-pcap-')), (it) => rmSync(it, { recursive: true }))
    await using portico = await PorticoUnderTest.start({ apps })
    await using recorder = await Recorder.start()
    recorder.target = portico.port
    await told(name, recorder.port, '/orders', 'calls', 'buffered')
    await told(name, recorder.port, '/nowhere', 'once')
    await told(name, recorder.port, '/events', 'duplex')
    // In one segment: tshark doesn't put chunks of streamed messages together.
    await told(name, recorder.port, '/documents', 'streams', '20000')

    const dissected = recorder.recordings.map(byPortico)
    expect(dissected.map(({ client }) => client.texts[0])).toEqual(
      ['orders', 'nowhere', 'events', 'documents', 'documents', 'documents'].map(
        (path) => `net.tcp://127.0.0.1:${recorder.port}/${path}`,
      ),
    )
    expect(dissected[0]?.client.sizes).toHaveLength(7)
    expect(dissected[1]?.server.texts).toEqual([faultUri('EndpointNotFound')])
    expect(dissected[2]?.server.sizes).toHaveLength(8)
    expect(dissected[4]?.server.chunks).not.toEqual([])
    expect(await byTshark(recorder.recordings, folder)).toEqual(dissected)
  })
})
