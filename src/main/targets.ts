/** What can answer a connection: an application, or what a self-hosted service has registered. */
import type { Hold } from '#activation/application-pool.ts'
import type { OnItsWay } from '#activation/launch-cause.ts'
import { WaitingLine } from '#activation/waiting.ts'
import type { HandOff } from '#handoff/hand-off.ts'
import type { RegistrationOwner } from '#handoff/peer-link.ts'
import type { Target as Destination } from '#listener/serve.ts'
import type { Application } from '#registry/application.ts'
import { holderText, type UriRegistration } from '#registry/uri-registration.ts'

export type Target = ApplicationTarget | RegistrationTarget

/** What targets need from around them. */
export interface TargetSurroundings {
  hold(application: string, signal: AbortSignal, connection: OnItsWay): Promise<Hold>
  /** Takes a place among those that wait for the application, of which there may be so many. Throws when there is none. */
  wait(application: Application, limit: number, connection: OnItsWay): Disposable
  /** So many connections may wait for one target. */
  maxPendingConnections(): number
}

export class ApplicationTarget implements Destination {
  readonly is = 'application'
  readonly application: Application
  /** The site binding that leads to it. */
  readonly binding: string
  readonly #around: TargetSurroundings

  constructor(application: Application, binding: string, around: TargetSurroundings) {
    this.application = application
    this.binding = binding
    this.#around = around
  }

  get name(): string {
    return `application ${this.application.path}`
  }

  wait(connection: OnItsWay): Disposable {
    return this.#around.wait(this.application, this.#around.maxPendingConnections(), connection)
  }

  activate(signal: AbortSignal, connection: OnItsWay): Promise<Hold> {
    return this.#around.hold(this.application.id, signal, connection)
  }
}

export class RegistrationTarget implements Destination {
  readonly is = 'registration'
  readonly registration: UriRegistration
  readonly owner: RegistrationOwner
  readonly handOff: HandOff
  readonly line: WaitingLine
  readonly #around: TargetSurroundings

  constructor(registration: UriRegistration, owner: RegistrationOwner, handOff: HandOff, around: TargetSurroundings) {
    this.registration = registration
    this.owner = owner
    this.handOff = handOff
    this.line = new WaitingLine(this.name)
    this.#around = around
  }

  get name(): string {
    const { uri, holder } = this.registration
    return `${uri} of ${holderText(holder)}`
  }

  wait(connection: OnItsWay): Disposable {
    const { maxPendingConnections } = this.registration.settings.settings
    return this.line.enter(Math.min(maxPendingConnections, this.#around.maxPendingConnections()), connection)
  }

  /** It is there already: that is what a registration says. */
  async activate(): Promise<Hold> {
    const { holder } = this.registration
    const dispatch: Hold['registration']['dispatch'] = (connection, signal) => this.handOff.dispatch(connection, signal)
    return { registration: { worker: holderText(holder), dispatch }, [Symbol.dispose]() {} }
  }
}
