/** Shared ports with steps that a test decides, and clients that connect to them. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { OnItsWay } from '#activation/launch-cause.ts'
import type { DispatchOutcome } from '#activation/worker-channel.ts'
import { PorticoError } from '#base/errors.ts'
import type { Opening } from '#listener/adapter.ts'
import type { Connection } from '#listener/connection.ts'
import { NetTcpAdapter } from '#listener/net-tcp.ts'
import type { Target } from '#listener/serve.ts'
import type { PortLimits, PortSurroundings } from '#listener/shared-port.ts'
import { FramingClient } from './framing-client.ts'
import { KeptLog } from './kept-log.ts'
import { ManualClock } from './manual-clock.ts'

export const limits: PortLimits = { listenBacklog: 16, maxPendingConnections: 100, receiveTimeout: 30_000 }

export class Surroundings implements PortSurroundings {
  readonly clock = new ManualClock()
  readonly log = new KeptLog()
  inForce: PortLimits = limits
  readonly adapter = new NetTcpAdapter(this.clock, () => this.inForce.receiveTimeout)
  waiting = 0
  /** All that have waited. */
  readonly waiters: OnItsWay[] = []
  held = 0
  readonly taken: Connection[] = []
  /** What a dispatch answers; the connection counts as taken when it is accepted. */
  outcome: () => Promise<DispatchOutcome> = async () => ({ is: 'accepted' })
  /** What activation waits for. */
  activation: (signal: AbortSignal) => Promise<unknown> = async () => {}

  limits(): PortLimits {
    return this.inForce
  }

  readonly #target: Target = {
    name: 'application /echo',
    wait: (connection) => {
      this.waiting++
      this.waiters.push(connection)
      return { [Symbol.dispose]: () => void this.waiting-- }
    },
    activate: async (signal) => {
      await this.activation(signal)
      this.held++
      const registration = { worker: 'w1', dispatch: () => Promise.reject(new Error('not used')) }
      return { registration, [Symbol.dispose]: () => void this.held-- }
    },
  }

  readonly steps: PortSurroundings['steps'] = {
    route: ({ via, uri }: Opening) => {
      if (uri.path !== '/echo') throw new PorticoError('NO_APPLICATION', { via })
      return this.#target
    },
    dispatch: async (connection) => {
      const outcome = await this.outcome()
      if (outcome.is === 'accepted') this.taken.push(connection)
      return outcome
    },
  }
}

export async function clientOf(port: number, host = '127.0.0.1'): Promise<FramingClient> {
  const socket = connect({ port, host, allowHalfOpen: true })
  const client = new FramingClient(socket)
  await once(socket, 'connect')
  return client
}

/** Waits for what the network and the event loop bring; the test's time limit is its only limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
