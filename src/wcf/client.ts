/** Calls a service by its contract. */
import { type Clock, systemClock } from '#base/clock.ts'
import { CommunicationError } from '#net-tcp-client/communication-error.ts'
import { destinationOf } from '#net-tcp-client/destination.ts'
import type { Caller } from './caller.ts'
import { ClientCallbacks } from './client-callbacks.ts'
import type { CallOptions, Client, ClientOptions, ConnectionOptions } from './client-types.ts'
import type { ServiceDeclaration } from './definition.ts'
import { operationsOf } from './service-contract.ts'

/** Whoever has a callback contract must have the callbacks. */
type OptionsOf<D extends ServiceDeclaration> =
  Record<never, never> extends ClientOptions<D> ? [options?: ClientOptions<D>] : [options: ClientOptions<D>]

/** The options, their types forgotten. */
export interface PlainOptions extends ConnectionOptions {
  readonly callbacks?: Readonly<Record<string, (input: never) => unknown>> | undefined
  disconnected?(reason: unknown): void
}

/**
 * A client of the service at `address`, a net.tcp URL: a function for each operation. It connects with the first call. Make
 * one and keep it: its connections serve all its calls. Throws TypeError for what makes no contract, and for other addresses.
 */
export function client<const D extends ServiceDeclaration>(
  declaration: D,
  address: string,
  ...[options]: OptionsOf<D>
): Client<D> {
  return clientOf(declaration, address, (options ?? {}) as PlainOptions)
}

/** The same with a clock. */
export function clientOf<D extends ServiceDeclaration>(
  declaration: D,
  address: string,
  options: PlainOptions,
  clock: Clock = systemClock,
): Client<D> {
  const destination = destinationOf(address)
  if (!destination) throw new TypeError(`${JSON.stringify(address)} is no address as net.tcp://host:808/path`)
  const { callbacks: handlers = {} } = options
  const callbacks = declaration.callbacks && new ClientCallbacks(declaration, handlers, destination.via)
  // Who only serves, or has not called yet, need not load how.
  let caller: Promise<Caller> | undefined
  const underWay = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  if (callbacks && options.transfer === 'streamed') {
    throw new TypeError(`${declaration.name} has callbacks, which streamed transfer can't carry`)
  }
  const messages = operationsOf(declaration)
  const hasStreams = messages.some(({ request, reply }) => request.stream ?? reply.stream)
  const settings = { destination, options, callbacks, hasStreams, clock }
  const connected = async () => (await import('./caller.ts')).callerOf(settings)

  function close(): Promise<void> {
    closed ??= (async () => {
      await Promise.allSettled(underWay)
      await (await caller)?.close()
    })()
    return closed
  }

  const operations = messages.map((operation) => {
    const call = async (input: unknown = {}, { signal }: CallOptions = {}) => {
      if (closed)
        throw new Error(`${operation.name} can't be called any more: this client of ${destination.via} was closed`)
      caller ??= connected()
      const made = caller.then((ready) => ready.call(operation, input, signal))
      underWay.add(made)
      try {
        return await made
      } catch (error) {
        throw error instanceof CommunicationError ? error.of(operation.name) : error
      } finally {
        underWay.delete(made)
      }
    }
    return [operation.name, call] as const
  })
  return { close, ...Object.fromEntries(operations), [Symbol.asyncDispose]: close } as Client<D>
}
