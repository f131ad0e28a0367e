/** The connections that Portico dispatches to this worker process: takes each when its application has room, tells its end. */

import { type Handle, socketOf } from '#base/handle.ts'
import { bounded, report, sentence } from '#base/report.ts'
import type { Dispatch, PeerLine } from '#handoff/protocol.ts'
import type { HostedApplication } from './hosted-application.ts'
import { fillStandard, isStandard } from './standard-descriptors.ts'

export interface DispatchesSurroundings {
  /** False when Portico can't hear it. */
  send(message: PeerLine): boolean
  /** Says what nobody waits for. */
  sendWithoutHurry(message: PeerLine): void
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
    const { connection } = dispatch
    using pending = application.transport.tryPend() ?? (await this.#room(dispatch, handle, application))
    if (!pending) return
    this.#open++
    // Before a byte of it is read.
    if (this.#around.send({ type: 'accepted', connection })) {
      const open = (options: object) => {
        handle.asyncReset({})
        return socketOf(handle, options)
      }
      const failure = await application.serve(open, dispatch, pending)
      if (failure === undefined) this.#around.sendWithoutHurry({ type: 'closed', connection })
      else this.#failed(connection, application.id, failure)
    } else handle.close() // Portico offers it to another
    this.#open--
    if (this.#open === 0) this.#around.emptied()
  }

  /** Waits for room in the application; undefined when the connection isn't to be served any more, and Portico knows. */
  async #room(dispatch: Dispatch, handle: Handle, { transport, closing }: HostedApplication) {
    const { signal: lost } = this.#channelLost
    const withdrawn = new AbortController()
    this.#waiting.set(dispatch.connection, withdrawn)
    const place = await transport.pend(lost, closing, withdrawn.signal)
    this.#waiting.delete(dispatch.connection)
    if (lost.aborted) handle.close()
    else if (withdrawn.signal.aborted) this.#reject(dispatch, 'Portico has withdrawn it', handle)
    else if (!place || closing.aborted) this.#reject(dispatch, 'the application has left', handle)
    else return place
    place?.[Symbol.dispose]()
    return undefined
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
