/** The connections that Portico dispatches to this worker process: takes each when its application has room, tells its end. */

import { bounded, report, sentence } from '#base/report.ts'
import type { Dispatch, PeerLine } from '#handoff/protocol.ts'
import { type Handle, socketOf } from '#sharing-client/handle.ts'
import type { HostedApplication } from './hosted-application.ts'
import { fillStandard, isStandard } from './standard-descriptors.ts'

export interface DispatchesSurroundings {
  send(message: PeerLine): void
  /** The last open connection is over. */
  emptied(): void
}

export class Dispatches {
  readonly #around: DispatchesSurroundings
  #channelLost = new AbortController()
  /** Those that wait for room in their application. */
  readonly #waiting = new Map<number, AbortController>()
  #open = 0

  constructor(around: DispatchesSurroundings) {
    this.#around = around
  }

  /** How many connections have been accepted and are not over. */
  get open(): number {
    return this.#open
  }

  /** `application` is the one of its registration, when that is still there. */
  dispatched(dispatch: Dispatch, handle: Handle | undefined, application: HostedApplication | undefined): void {
    if (!handle) this.#reject(dispatch, 'no descriptor came with it; the process may be out of descriptors')
    else if (isStandard(handle)) {
      this.#reject(dispatch, 'its descriptor was a standard one, which the application had closed', handle)
      fillStandard() // before it is offered again
    } else if (!application) this.#reject(dispatch, 'the application has left', handle)
    else void this.#serve(dispatch, handle, application)
  }

  /** Portico has ended the connection, if it isn't accepted yet. */
  withdrawn(connection: number): void {
    this.#waiting.get(connection)?.abort()
  }

  /** Portico still has its copies of what was not accepted by then, and offers them again. */
  channelLost(): void {
    this.#channelLost.abort()
    this.#channelLost = new AbortController()
  }

  async #serve(dispatch: Dispatch, handle: Handle, application: HostedApplication): Promise<void> {
    const { signal: lost } = this.#channelLost
    const { closing, transport } = application
    const { connection } = dispatch
    const withdrawn = new AbortController()
    this.#waiting.set(connection, withdrawn)
    using pending = await transport.pend(lost, closing, withdrawn.signal)
    this.#waiting.delete(connection)
    if (lost.aborted) return handle.close()
    if (withdrawn.signal.aborted) return this.#reject(dispatch, 'Portico has withdrawn it', handle)
    if (!pending || closing.aborted) return this.#reject(dispatch, 'the application has left', handle)
    this.#around.send({ type: 'accepted', connection })
    this.#open++
    const open = (options: object) => {
      handle.asyncReset({})
      return socketOf(handle, options)
    }
    const failure = await application.serve(open, dispatch, pending)
    this.#open--
    if (failure === undefined) this.#around.send({ type: 'closed', connection })
    else this.#failed(connection, application.id, failure)
    if (this.#open === 0) this.#around.emptied()
  }

  #reject({ connection }: Dispatch, reason: string, handle?: Handle): void {
    handle?.close()
    this.#around.send({ type: 'rejected', connection, reason })
  }

  #failed(connection: number, application: string, failure: unknown): void {
    report(`a connection of application ${application} failed`, failure)
    const message = bounded(sentence(failure))
    this.#around.send({ type: 'closed', connection, failure: { application, message } })
  }
}
