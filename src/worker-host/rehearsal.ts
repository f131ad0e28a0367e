/**
 * The first connection of a worker process, rehearsed: loads an application and serves a session of it in memory. What that
 * needs is then compiled, and Node has made its threads, before anybody waits: it halves the time to the first reply.
 */
import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { encodeSizedEnvelope, end, preambleEnd } from '#framing/envelopes.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { HostedApplication, type HostedSurroundings } from './hosted-application.ts'
import { Leases } from './leases.ts'

const path = '/rehearsal'
const via = `net.tcp://localhost${path}`
const nowhere = { address: '', port: 0 }
const timeLimit = 10_000

/** `folder` is that of an application which answers a message. Rejects when it doesn't load, or the connection fails. */
export async function rehearse(folder: string): Promise<void> {
  const around: HostedSurroundings = {
    pool: '',
    cache: undefined,
    acceptTimeLimit: timeLimit,
    leases: new Leases({ send() {}, emptied() {} }),
    validateRoute: async () => true,
    attribute: (_failed, work) => work(),
    failedAfterwards() {},
    serviceTold() {},
  }
  const application = await HostedApplication.load({ id: path, path, folder, bases: [] }, around)
  const dispatch = { connection: 0, registration: 0, via, remote: nowhere, local: nowhere }
  const [client, server] = duplexPair()
  const socket = Object.assign(server, { setNoDelay() {} }) as unknown as Socket
  using pending = application.transport.tryPend()
  if (!pending) throw new Error('there is no place for the connection')
  const served = application.serve(() => socket, dispatch, pending)
  client.write(encodePreamble({ mode: 'duplex', via, contentType: 'application/soap+msbinsession1' }))
  client.write(Buffer.concat([preambleEnd, encodeSizedEnvelope(Buffer.from('hello')), end]))
  client.end()
  client.resume()
  const failure = await served
  if (failure !== undefined) throw failure
  await application.stop('shutdown', timeLimit)
}
