/** Portico's end of a sharing channel over a real socket, and a scripted peer that writes what the test says. */

import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { Channel } from '#handoff/channel.ts'
import type { Dispatch, PeerMessage } from '#handoff/protocol.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { socketPair } from './framing-client.ts'
import { unixPair } from './unix-pair.ts'

export interface OpenChannel {
  readonly channel: Channel
  readonly peer: Socket
  readonly messages: PeerMessage[]
  /** Why the channel ended. */
  readonly closed: Promise<string>
  say(...messages: readonly object[]): void
  /** Resolves with the message number `count`. */
  message(count: number): Promise<PeerMessage>
  /** The next line that the peer reads. */
  line(): Promise<Record<string, unknown>>
}

export async function openChannel(): Promise<OpenChannel> {
  const { ours, peer } = await unixPair()
  peer.on('error', () => {})
  const messages: PeerMessage[] = []
  let arrived = Promise.withResolvers<void>()
  const { promise: closed, resolve } = Promise.withResolvers<string>()
  const channel: Channel = new Channel(ours, {
    message(message) {
      messages.push(message)
      arrived.resolve()
      arrived = Promise.withResolvers()
    },
    invalid: (problem) => channel.close(problem),
    closed: resolve,
  })
  const lines = linesOf(peer)
  return {
    channel,
    peer,
    messages,
    closed,
    say: (...said) => void peer.write(said.map((message) => `${JSON.stringify(message)}\n`).join('')),
    async message(count) {
      for (;;) {
        const message = messages[count - 1]
        if (message) return message
        await arrived.promise
      }
    },
    line: async () => JSON.parse((await lines.next()).value ?? 'null') as Record<string, unknown>,
  }
}

/** The lines that arrive; nothing is read before the first is asked for. */
export async function* linesOf(socket: Socket): AsyncGenerator<string, undefined> {
  let rest = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

const endpoint = { address: '127.0.0.1', port: 1 }

/** What Portico says of a connection that it hands over. */
export const dispatchOf = (connection: number): Dispatch => ({
  connection,
  registration: 1,
  via: 'net.tcp://localhost/echo',
  remote: endpoint,
  local: endpoint,
})

/** The descriptor of an accepted connection, which ends with the test. */
export async function acceptedDescriptor(): Promise<number> {
  const { client, server } = await socketPair()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  return descriptorOf(server)
}
