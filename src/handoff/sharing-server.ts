/** The sharing socket: finds out who connects, lets in whom it may, and hands the channels of worker processes to activation. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { StandbyChannel } from '#activation/standby-processes.ts'
import type { WorkerChannel } from '#activation/worker-channel.ts'
import type { Clock } from '#base/clock.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import type { LogFields } from '#base/log.ts'
import { Restraint } from '#base/restraint.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import type { PeerCredentials } from '#syscalls/processes.ts'
import { refuseDescriptors } from '#syscalls/sockets.ts'
import { Channel } from './channel.ts'
import { PeerGate, type TurnedAway } from './peer-gate.ts'
import { PeerLink, type Registrar } from './peer-link.ts'
import { type PeerMessage, protocolVersion, type RefusalStatus, type WorkerWelcome } from './protocol.ts'
import { statusOf } from './refusal-status.ts'
import { StandbyLink } from './standby-link.ts'
import { type LinkSurroundings, WorkerLink } from './worker-link.ts'

/** Milliseconds for a peer to say who it is. */
const helloLimit = 10_000
/** What one account does wrong is written once for each kind in so many milliseconds; the rest is counted. */
const written = { events: 1, interval: 60_000 } as const

type Hello = Extract<PeerMessage, { type: 'hello' }>

const seeProtocol = 'See docs/sharing-protocol.md.'

/** Who is at the other end of a channel, once that is known. */
interface Link {
  received(message: PeerMessage): void
  lost(reason: string): void
}

/** What the server needs from around it. */
export interface SharingSurroundings extends LinkSurroundings {
  readonly clock: Clock
  /**
   * Takes the channel of a worker process, after `welcome`; false when `token` was not given to the process at its other
   * end, or was used before.
   */
  admit(
    token: string,
    channel: WorkerChannel,
    open: number,
    welcome: (welcome: WorkerWelcome) => void,
  ): Promise<boolean>
  /** Takes the channel of a standby process; false when `token` was not given to the process at its other end. */
  admitStandby(token: string, channel: StandbyChannel): Promise<boolean>
  /** Throws why a process that Portico did not start may not share ports; `wants` is what it asks for. */
  assertPeer(peer: PeerCredentials, wants: string): void
  readonly registrar: Registrar
  /** So many registrations one account may have. */
  maxRegistrations(): number
}

export class SharingServer implements AsyncDisposable {
  readonly #around: SharingSurroundings
  readonly #server: Server
  readonly #gate: PeerGate
  readonly #restraint: Restraint
  readonly #channels = new Set<Channel>()
  /** The processes that Portico did not start and that may share. */
  readonly #peers = new Set<PeerLink>()
  #refused = 0

  constructor(around: SharingSurroundings) {
    this.#around = around
    this.#gate = new PeerGate(around.clock)
    this.#restraint = new Restraint(around.clock, written)
    this.#server = createServer((socket) => this.#connected(socket))
  }

  /** Listens on the socket `path`; anybody may connect, and is known by the kernel's word. */
  async listen(path: string): Promise<void> {
    rmSync(path, { force: true }) // of an earlier run: the home's lock says that it has ended
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen({ path, backlog: 4_096 }, resolve)
    await promise
    this.#server.off('error', reject)
    this.#server.on('error', (error) => {
      if (this.#restraint.leftOut('acceptFailed') !== undefined)
        this.#around.log.error('sharing.acceptFailed', { error })
    })
    // Nobody else can connect before the mode is changed.
    if (!refuseDescriptors(descriptorOf(this.#server)))
      this.#around.log.warn('sharing.descriptorsNotRefused', {
        reason:
          'this kernel (before 6.16) lets local accounts send descriptors to the sharing socket, and dropping one can hold Portico up for as long as they like',
      })
    chmodSync(path, 0o666)
  }

  /** Connections that were refused since the start, those without a word among them. */
  get refused(): number {
    return this.#refused + this.#gate.turnedAway
  }

  /** Other rules are in force: peers that may not share any more are refused now. */
  reconsider(): void {
    for (const { channel, wants } of this.#peers) if (channel.isOpen) this.#admitsPeer(channel, wants)
  }

  /** Ends the channels of self-hosted services: what they haven't taken is theirs no longer. They look for the next Portico. */
  dismissPeers(): void {
    for (const { channel } of this.#peers) channel.close('Portico is stopping')
  }

  /** Closes the socket and every channel; peers that have connections keep them. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const channel of this.#channels) channel.close('Portico is stopping')
    if (!this.#server.listening) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    await promise
  }

  #connected(socket: Socket): void {
    let link: Link | undefined
    const greet = async (message: PeerMessage) => {
      using _hold = channel.hold()
      link = await this.#greet(channel, message)
      if (link && !(link instanceof PeerLink)) leave() // Portico itself bounds how many there are
      if (!channel.isOpen) link?.lost('it ended before it was admitted')
    }
    const channel = new Channel(socket, {
      message: (message) => {
        if (link) return this.#carryOut(channel, link, message)
        settled()
        greet(message).catch((error: unknown) => this.#failed(channel, error))
      },
      invalid: (problem) => {
        settled()
        this.#refuse(channel, 'InvalidArgument', `process ${channel.peer.pid} sent ${problem}`)
      },
      closed: (reason) => {
        settled()
        leave()
        this.#channels.delete(channel)
        link?.lost(reason)
      },
    })
    const { uid } = channel.peer
    const visit = this.#gate.enter(uid, this.#around.maxRegistrations())
    const hello = this.#around.clock.after(helloLimit, () => {
      this.#note(channel, 'sharing.silent', 'hello', { reason: `said nothing for ${helloLimit / 1000} s` })
      channel.close('the peer did not say hello')
    })
    const settled = () => {
      if ('spoke' in visit) visit.spoke()
      hello[Symbol.dispose]()
    }
    const leave = () => {
      if ('spoke' in visit) visit[Symbol.dispose]()
    }
    this.#channels.add(channel)
    if ('because' in visit) this.#turnAway(channel, visit)
  }

  #turnAway(channel: Channel, { because }: TurnedAway): void {
    // Refusals are in the log themselves.
    if (because !== 'refusals')
      this.#note(channel, 'sharing.turnedAway', because, { reason: `its account has too many ${because}` })
    channel.close(`its account has too many ${because}`)
  }

  /** What one peer says must not be able to end Portico. */
  #carryOut(channel: Channel, link: Link, message: PeerMessage): void {
    try {
      link.received(message)
    } catch (error) {
      this.#failed(channel, error)
    }
  }

  #failed(channel: Channel, error: unknown): void {
    const { pid, uid } = channel.peer
    this.#around.log.error('sharing.failed', { pid, uid, error })
    channel.close(sentenceOf(error))
  }

  async #greet(channel: Channel, message: PeerMessage): Promise<Link | undefined> {
    if (message.type !== 'hello') return this.#refuse(channel, 'InvalidArgument', 'the first message must be hello')
    if (message.version > protocolVersion)
      return this.#refuse(
        channel,
        'VersionUnsupported',
        `version ${message.version} of the sharing protocol is newer than version ${protocolVersion}, which this Portico speaks`,
        'Use a client of the same version as Portico, or upgrade Portico.',
      )
    return message.token === undefined
      ? this.#welcomePeer(channel, message)
      : this.#admit(channel, message.token, message)
  }

  async #admit(channel: Channel, token: string, { open, standby, steps }: Hello): Promise<Link | undefined> {
    if (standby) {
      const link = new StandbyLink(channel)
      if (await this.#around.admitStandby(token, link)) return link
    } else {
      const link = new WorkerLink(channel, this.#around, open, steps)
      if (await this.#around.admit(token, link, open, (welcome) => channel.send(welcome))) return link
      link.lost('not admitted')
    }
    return this.#refuse(
      channel,
      'InvalidArgument',
      `process ${channel.peer.pid} presents a token that belongs to no worker process that is it`,
      'A worker process that Portico no longer knows is to end; nothing needs to be done.',
    )
  }

  #welcomePeer(channel: Channel, { uri }: Hello): Link | undefined {
    const wants = uri ?? 'nothing in particular'
    if (!this.#admitsPeer(channel, wants)) return undefined
    const { registrar, routeOf } = this.#around
    const link = new PeerLink(channel, wants, {
      registrar,
      routeOf,
      complain: (about) => this.#note(channel, 'sharing.misused', about.replaceAll(/\d+/g, ''), { reason: about }),
      refused: (error) => this.#noteRefusal(channel, statusOf(error), error.message, error),
      failed: (error) => this.#failed(channel, error),
      left: () => void this.#peers.delete(link),
    })
    this.#peers.add(link)
    channel.send({ type: 'welcome', version: protocolVersion })
    return link
  }

  /** Whether the peer may share ports; if not, it learns why and what would change that. */
  #admitsPeer(channel: Channel, wants: string): boolean {
    try {
      this.#around.assertPeer(channel.peer, wants)
      return true
    } catch (error) {
      if (!(error instanceof PorticoError)) throw error
      this.#refuse(channel, statusOf(error), error.message, error.remedy, error)
      return false
    }
  }

  /** Tells the peer that its channel ends, and why. */
  #refuse(
    channel: Channel,
    status: RefusalStatus,
    message: string,
    remedy = seeProtocol,
    error?: PorticoError,
  ): undefined {
    this.#gate.refused(channel.peer.uid)
    this.#noteRefusal(channel, status, message, error)
    channel.send({ type: 'refused', status, message, remedy })
    channel.finish(message)
  }

  #noteRefusal(channel: Channel, status: RefusalStatus, reason: string, error?: PorticoError): void {
    this.#refused++
    this.#note(channel, 'sharing.refused', status, { status, reason, code: error?.code, error })
  }

  /** Logs what an account does wrong, unless it has done the same a moment ago. */
  #note(channel: Channel, event: string, kind: string, fields: LogFields): void {
    const { pid, uid } = channel.peer
    const leftOut = this.#restraint.leftOut(`${uid} ${event} ${kind}`)
    if (leftOut) this.#around.log.warn('sharing.eventsLeftOut', { uid, event, kind, count: leftOut })
    if (leftOut !== undefined) this.#around.log.warn(event, { pid, uid, ...fields })
  }
}
