/** Whose each address is: the applications' in force and those that self-hosted services register, with the ports of both. */
import { readFileSync } from 'node:fs'
import type { ActivationManager } from '#activation/activation-manager.ts'
import { type Clock, sleep } from '#base/clock.ts'
import { isPorticoError, PorticoError } from '#base/errors.ts'
import type { Log, LogFields } from '#base/log.ts'
import { Restraint } from '#base/restraint.ts'
import { differenceText, join } from '#binding/rule.ts'
import type { Via } from '#framing/via.ts'
import type { AskedRegistration, Registrar, RegistrationOwner } from '#handoff/peer-link.ts'
import type { SharedPorts } from '#listener/shared-ports.ts'
import { parseRegisteredUri, type RegisteredUri } from '#registry/registered-uri.ts'
import { bindingsOn, distinctPorts, type Port, portsOf, routesOf } from '#registry/routes.ts'
import type { Snapshot } from '#registry/snapshot.ts'
import { type Holder, holderText, portOf, type UriRegistration } from '#registry/uri-registration.ts'
import { type LocalEndpoint, type PrefixEntry, type PrefixTable, prefixTable } from '#routing/prefix-table.ts'
import { ApplicationTarget, RegistrationTarget, type Target, type TargetSurroundings } from './targets.ts'

export interface NamespaceSurroundings {
  manager(): ActivationManager
  readonly clock: Clock
  readonly log: Log
  readonly ports: SharedPorts
  /** The account as an administrator knows it. */
  nameOf(uid: number): string
}

/** A port that another process has just let go of may still be taken: milliseconds between tries, and for all of them. */
const takenPort = { first: 20, growth: 2, limit: 1_000 } as const

/** So many registrations of one account are logged as they come, and as many as they go, within so many milliseconds. */
const logged = { events: 1_000, interval: 600_000 } as const

export class Namespace implements Registrar, Disposable {
  readonly #around: NamespaceSurroundings
  readonly #registrations = new Map<number, PrefixEntry<RegistrationTarget>>()
  /** Gone, but the owner has connections in hand that it has not answered for: they cost as much as a registration. */
  readonly #unanswered = new Set<RegistrationTarget>()
  readonly #restraint: Restraint
  /** What waits for its port to open, so that nobody closes it again meanwhile. */
  readonly #opening = new Set<RegisteredUri & { readonly uid: number }>()
  readonly #unprivileged = firstUnprivilegedPort()
  readonly #lifetime = new AbortController()
  #snapshot: Snapshot | undefined
  /** What is about to be in force: its ports are not to be closed either. */
  #coming: Snapshot | undefined
  #applications: readonly PrefixEntry<Target>[] = []
  #table: PrefixTable<Target> = prefixTable<Target>([])
  #numbers = 0

  constructor(around: NamespaceSurroundings) {
    this.#around = around
    this.#restraint = new Restraint(around.clock, logged)
  }

  get snapshot(): Snapshot {
    if (!this.#snapshot) throw new Error('nothing is in force yet')
    return this.#snapshot
  }

  /** Everything that can answer, by its place. */
  get table(): PrefixTable<Target> {
    return this.#table
  }

  /** All of it, those included whose place somebody else has. */
  get entries(): PrefixEntry<Target>[] {
    return [...this.#registrations.values(), ...this.#applications]
  }

  /** Who asks for a port: site bindings and registrations. */
  claimsOn(port: number): string[] {
    const registered = this.registrations.filter(({ registration }) => registration.port === port)
    return [...bindingsOn(this.snapshot, port), ...registered.map(({ name }) => name)]
  }

  get registrations(): RegistrationTarget[] {
    return Array.from(this.#registrations.values(), ({ target }) => target)
  }

  /** Applications that can't be reached because their address is somebody else's, each with what to do. */
  get problems(): string[] {
    return this.#table.conflicts.flatMap(({ uri, entry, existing }) =>
      entry.target.is === 'application' && existing.target.is === 'registration'
        ? [
            `${entry.target.name} can't be reached at ${uri}: ${holderText(existing.target.registration.holder)} has registered it. End that process or move the application.`,
          ]
        : [],
    )
  }

  lookup(via: Via, local: LocalEndpoint): Target | undefined {
    return this.#table.lookup(via, local)
  }

  /** Opens the ports that the snapshot needs; they stay until it is taken. Throws PORT_IN_USE and its kin. */
  async openPorts(snapshot: Snapshot): Promise<void> {
    this.#coming = snapshot
    try {
      await this.#around.ports.open(portsOf(snapshot), snapshot.configuration.sharing)
    } catch (error) {
      this.#coming = undefined
      if (this.#snapshot) this.keepPorts()
      throw error
    }
  }

  /** Puts a snapshot in force whose ports are open. */
  take(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#coming = undefined
    this.#rebuild()
  }

  /** Closes the ports that nothing needs any more. */
  keepPorts(): void {
    const registered = [...this.#registrations.values(), ...this.#opening]
    const ofSites = [...portsOf(this.snapshot), ...(this.#coming ? portsOf(this.#coming) : [])]
    this.#around.ports.keep(distinctPorts([...ofSites, ...registered.map((each) => this.#portOf(each))]))
  }

  async register({ uri, hostNameComparisonMode, settings }: AskedRegistration, owner: RegistrationOwner) {
    const asked = parseRegisteredUri(uri, hostNameComparisonMode)
    const before = this.#joined(asked, settings, owner)
    if (before) return before
    const { pid, uid } = owner.peer
    const holder = { pid, uid, account: this.#around.nameOf(uid) }
    this.#assertAllowed(asked, holder)
    const opening = { ...asked, uid }
    this.#opening.add(opening)
    try {
      await this.#openPort(asked)
      // Somebody else may have been faster, while the port was opening.
      return this.#joined(asked, settings, owner) ?? this.#add(asked, holder, settings, owner)
    } catch (error) {
      this.#opening.delete(opening)
      this.keepPorts()
      throw error
    } finally {
      this.#opening.delete(opening)
    }
  }

  /** All at once: a process may have a thousand, and ends with all of them. */
  unregister(numbers: Iterable<number>, why: string): void {
    const gone = Array.from(numbers).flatMap((number) => this.#registrations.get(number) ?? [])
    if (gone.length === 0) return
    for (const { target } of gone) this.#registrations.delete(target.registration.number)
    // What they kept from its place can have it now.
    if (this.#table.conflicts.length > 0) this.#rebuild()
    else for (const entry of gone) this.#table.remove(entry)
    for (const { target } of gone) {
      target.handOff.end(why)
      if (target.handOff.unacknowledged > 0) this.#unanswered.add(target)
    }
    this.keepPorts()
    for (const { target } of gone) {
      const { uri, holder } = target.registration
      this.#tell('registration.removed', { uri, pid: holder.pid, uid: holder.uid, reason: why })
    }
  }

  /** Nothing is registered any more that waits for its port. */
  [Symbol.dispose](): void {
    this.#lifetime.abort(new PorticoError('SHUTTING_DOWN', {}))
  }

  /** The registration that the endpoint joins; undefined when its address is free. Throws why it may not have it. */
  #joined(
    asked: RegisteredUri,
    settings: AskedRegistration['settings'],
    owner: RegistrationOwner,
  ): UriRegistration | undefined {
    const target = this.#table.at(asked)?.target
    if (!target) return undefined
    const { uri, mode } = asked
    const isOwn = target.is === 'registration' && target.owner === owner
    if (!isOwn) {
      const holder = target.is === 'application' ? target.name : holderText(target.registration.holder)
      throw new PorticoError('URI_ALREADY_REGISTERED', { uri, mode, holder })
    }
    const joining = join(target.registration.settings, settings)
    if (joining.is !== 'differs') return target.registration
    throw new PorticoError('REGISTRATION_SETTINGS_DIFFER', {
      uri,
      asked: settings.endpoint,
      inForce: joining.inForce.endpoint,
      differences: joining.differences.map(differenceText),
    })
  }

  #assertAllowed({ uri, port }: RegisteredUri, { uid, account }: Holder): void {
    const { configuration } = this.snapshot
    const { maxRegistrations: limit } = configuration.portico
    if (this.#heldBy(uid) >= limit) {
      const [file = ''] = configuration.files
      throw new PorticoError('REGISTRATION_QUOTA_USED_UP', { uri, account, limit, file })
    }
    // What this process may open is no reason for others to have it.
    const isReserved = port < this.#unprivileged && uid !== 0 && uid !== process.getuid?.()
    if (isReserved && !portsOf(this.snapshot).some((binding) => binding.port === port))
      throw new PorticoError('PORT_RESERVED', { port, account })
  }

  /** The registrations of the account, those to come and those that it isn't through with among them. */
  #heldBy(uid: number): number {
    let held = 0
    for (const { target } of this.#registrations.values()) if (target.registration.holder.uid === uid) held++
    for (const opening of this.#opening) if (opening.uid === uid) held++
    for (const target of this.#unanswered) {
      if (target.handOff.unacknowledged === 0) this.#unanswered.delete(target)
      else if (target.registration.holder.uid === uid) held++
    }
    return held
  }

  async #openPort(asked: RegisteredUri): Promise<void> {
    const { ports, clock } = this.#around
    const begin = clock.elapsed()
    for (let wait: number = takenPort.first; ; wait *= takenPort.growth) {
      try {
        return await ports.open([this.#portOf(asked)], this.snapshot.configuration.sharing)
      } catch (error) {
        const isOver = clock.elapsed() - begin + wait > takenPort.limit
        if (isOver || !isPorticoError(error, 'PORT_IN_USE')) throw error
      }
      await sleep(clock, wait, this.#lifetime.signal)
    }
  }

  /** A port that is open at every address serves each of them; it stays until the last of them is given up. */
  #portOf(asked: Pick<RegisteredUri, 'host' | 'port'>): Port {
    const everywhere = { address: undefined, port: asked.port }
    return this.#around.ports.has(everywhere) ? everywhere : portOf(asked)
  }

  #add(
    asked: RegisteredUri,
    holder: Holder,
    settings: AskedRegistration['settings'],
    owner: RegistrationOwner,
  ): UriRegistration {
    const { clock } = this.#around
    const registration = { ...asked, number: ++this.#numbers, holder, since: clock.now(), settings }
    const window = Math.min(settings.settings.maxPendingAccepts, this.snapshot.configuration.sharing.maxPendingAccepts)
    const target = new RegistrationTarget(
      registration,
      owner,
      owner.handOff(registration.number, window),
      this.#targetsAround,
    )
    const { mode, host, port, path } = asked
    const entry = { mode, host, port, path, target }
    this.#registrations.set(registration.number, entry)
    this.#table.add(entry)
    this.#tell('registration.added', { uri: asked.uri, mode, pid: holder.pid, uid: holder.uid })
    return registration
  }

  /** Logs a change, unless its account makes them without end. */
  #tell(event: string, fields: LogFields & { readonly uid: number }): void {
    const { uid } = fields
    const leftOut = this.#restraint.leftOut(`${uid} ${event}`)
    if (leftOut) this.#around.log.warn('registration.eventsLeftOut', { uid, event, count: leftOut })
    if (leftOut !== undefined) this.#around.log.info(event, fields)
  }

  /** Those that are registered already keep their places before applications that want the same. */
  #rebuild(): void {
    const applications = routesOf(this.snapshot).map((route) => ({
      ...route,
      target: new ApplicationTarget(route.target, route.binding, this.#targetsAround),
    }))
    this.#applications = applications
    this.#table = prefixTable<Target>(this.entries)
  }

  readonly #targetsAround: TargetSurroundings = {
    hold: (application, signal, connection) => this.#around.manager().hold(application, signal, connection),
    wait: ({ id, pool }, limit, connection) => this.#around.manager().waiting.of(pool).enter(id, limit, connection),
    maxPendingConnections: () => this.snapshot.configuration.sharing.maxPendingConnections,
  }
}

/** The first port that an ordinary account may open. Source: ip(7), ip_unprivileged_port_start. */
function firstUnprivilegedPort(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'), 10)
  } catch {
    return 1024
  }
}
