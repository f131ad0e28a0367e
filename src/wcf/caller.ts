/** How calls get to the service: on a session of the pool, or all on the one that callbacks come on. */
import type { Clock } from '#base/clock.ts'
import { orAbort } from '#base/signal.ts'
import { binaryContentType, sessionContentType, textContentType } from '#encoding/message-encoding.ts'
import { defaultMaxSessionSize } from '#encoding/reader-quotas.ts'
import { CommunicationError } from '#net-tcp-client/communication-error.ts'
import type { Destination } from '#net-tcp-client/destination.ts'
import { defaultPool, SessionPool } from '#net-tcp-client/session-pool.ts'
import type { PlainOptions } from './client.ts'
import type { ClientCallbacks } from './client-callbacks.ts'
import { type ChannelOptions, ClientChannel } from './client-channel.ts'
import type { Values } from './requests.ts'
import type { OperationMessages } from './service-contract.ts'
import { quotasOf } from './stream-quotas.ts'
import { StreamedCaller } from './streamed-caller.ts'

export interface Caller {
  call(operation: OperationMessages, input: unknown, signal: AbortSignal | undefined): Promise<unknown>
  /** When no call is under way. */
  close(): Promise<void>
}

interface CallerSettings {
  readonly destination: Destination
  readonly options: PlainOptions
  readonly callbacks: ClientCallbacks | undefined
  /** Whether an operation has a stream. */
  readonly hasStreams: boolean
  readonly clock: Clock
}

const contentTypes = { binarySession: sessionContentType, binary: binaryContentType, text: textContentType } as const
/** Milliseconds. */
const defaultTimeout = 60_000

export function callerOf({ destination, options, callbacks, hasStreams, clock }: CallerSettings): Caller {
  const { openTimeout = defaultTimeout, sendTimeout = defaultTimeout, closeTimeout = defaultTimeout } = options
  const { encoding = 'binarySession', maxReceivedMessageSize = 65_536, readerQuotas, pool } = options
  const channelOptions: ChannelOptions = {
    contentType: contentTypes[encoding],
    encoding: { quotas: quotasOf(readerQuotas, hasStreams), maxSessionSize: defaultMaxSessionSize },
    maxReceivedMessageSize,
    sendTimeout,
    closeTimeout,
    clock,
    callbacks,
  }
  if (options.transfer === 'streamed') {
    // A session of one message has no dictionary.
    const contentType = encoding === 'text' ? textContentType : binaryContentType
    return new StreamedCaller(destination, { ...channelOptions, contentType, openTimeout })
  }
  const open = async (signal?: AbortSignal) => {
    const limit = new AbortController()
    const says = `${destination.via}: no session was opened within ${openTimeout} ms`
    using _limit = clock.after(openTimeout, () => limit.abort(new CommunicationError('timeout', says)))
    const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal
    return await ClientChannel.open(destination, channelOptions, either)
  }
  if (callbacks) return new OneSession(destination.via, open, (reason) => options.disconnected?.(reason))
  return new Pooled(new SessionPool({ ...defaultPool, ...pool }, clock, open))
}

/** Each call has a session for itself meanwhile. */
class Pooled implements Caller {
  readonly #pool: SessionPool<ClientChannel>

  constructor(pool: SessionPool<ClientChannel>) {
    this.#pool = pool
  }

  async call(operation: OperationMessages, input: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted()
    const values = await valuesOf(operation, input)
    const channel = await this.#pool.take(signal)
    try {
      return await channel.request(operation, values, signal)
    } catch (error) {
      // The answer may still come, or the rest of what the service does: who closes tells it to stop.
      if (error instanceof CommunicationError || signal?.aborted) channel.abandon(error)
      throw error
    } finally {
      this.#pool.give(channel)
    }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/** All calls go on one session, at once if they come so. What the service keeps for it is gone with it: there is no other. */
class OneSession implements Caller {
  readonly #via: string
  readonly #open: () => Promise<ClientChannel>
  readonly #disconnected: (reason: unknown) => void
  #channel: Promise<ClientChannel> | undefined
  #isClosing = false

  constructor(via: string, open: () => Promise<ClientChannel>, disconnected: (reason: unknown) => void) {
    this.#via = via
    this.#open = open
    this.#disconnected = disconnected
  }

  async call(operation: OperationMessages, input: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted()
    const values = await valuesOf(operation, input)
    this.#channel ??= this.#opened()
    const channel = await (signal ? orAbort(this.#channel, signal) : this.#channel)
    if (!channel.isOpen) {
      const { reason } = channel.signal
      const why = reason instanceof Error ? reason.message : String(reason)
      const says = `the session with ${this.#via} is over, a new client is needed: ${why}`
      throw new CommunicationError('clientClosed', says, { cause: reason })
    }
    return await channel.request(operation, values, signal)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await (await this.#channel?.catch(() => undefined))?.close()
  }

  async #opened(): Promise<ClientChannel> {
    try {
      const channel = await this.#open()
      const over = () => this.#isClosing || this.#disconnected(channel.signal.reason)
      channel.signal.addEventListener('abort', over, { once: true })
      return channel
    } catch (error) {
      this.#channel = undefined
      throw error
    }
  }
}

/** A buffered message needs its stream as a whole. */
async function valuesOf({ request }: OperationMessages, input: unknown): Promise<Values | readonly Uint8Array[]> {
  if (!request.stream) return input as Values
  return input instanceof Uint8Array ? [input] : await Array.fromAsync(input as AsyncIterable<Uint8Array>)
}
