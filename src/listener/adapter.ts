/** A listener adapter: what knows one protocol's first bytes and refusals. */
import type { Reply } from '#base/catalogue.ts'
import type { Via } from '#framing/via.ts'
import type { Connection } from './connection.ts'

/** What the first bytes of a connection say. */
export interface Opening {
  /** The URI asked for, as the client wrote it. */
  readonly via: string
  /** The same, canonical and in its parts. */
  readonly uri: Via
}

export interface ListenerAdapter {
  /** The protocol's name in bindings, as `net.tcp`. */
  readonly protocol: string
  /** Looks at the first bytes until it is known what the connection asks for. */
  readOpening(connection: Connection, signal: AbortSignal): Opening | Promise<Opening>
  /** The bytes that tell a client why it is refused; undefined when the protocol closes without a word. */
  refusal(reply: Reply): Uint8Array | undefined
}
