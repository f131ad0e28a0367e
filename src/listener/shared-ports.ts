/** All shared ports: opens what is newly wanted before it closes what isn't wanted any more. */
import { isPorticoError, PorticoError } from '#base/errors.ts'
import type { Restraint } from '#base/restraint.ts'
import { complaintsOfAll } from './complaints.ts'
import { type PortLimits, type PortSurroundings, type PortWanted, SharedPort } from './shared-port.ts'

const keyOf = ({ address, port }: PortWanted) => `${address ?? '*'}:${port}`

export class SharedPorts implements AsyncDisposable {
  readonly #around: PortSurroundings
  readonly #ports = new Map<string, SharedPort>()
  readonly #complaints: Restraint
  #isEnding = false
  /** Two that open the same port at once would be in each other's way. */
  #inTurn: Promise<void> = Promise.resolve()

  constructor(around: PortSurroundings) {
    this.#around = around
    this.#complaints = complaintsOfAll(around.clock)
  }

  [Symbol.iterator](): Iterator<SharedPort> {
    return this.#ports.values()
  }

  /**
   * Opens the ports that aren't open. When one can't be opened, none of them stays. Throws PORT_IN_USE and its kin, and
   * SHUTTING_DOWN once the ports drain or end: nobody would close what is opened then.
   */
  open(wanted: readonly PortWanted[], limits: PortLimits): Promise<void> {
    const opened = this.#inTurn.then(() => this.#open(wanted, limits))
    this.#inTurn = opened.catch(() => {})
    return opened
  }

  has(port: PortWanted): boolean {
    return this.#ports.has(keyOf(port))
  }

  async #open(wanted: readonly PortWanted[], limits: PortLimits): Promise<void> {
    const opened = new Map<string, SharedPort>()
    try {
      for (const each of wanted) {
        const key = keyOf(each)
        if (!this.#ports.has(key) && !opened.has(key)) opened.set(key, await this.#openOne(each, limits))
      }
      if (this.#isEnding) throw new PorticoError('SHUTTING_DOWN', {})
    } catch (error) {
      await Promise.all(Array.from(opened.values(), (port) => port[Symbol.asyncDispose]()))
      throw error
    }
    for (const [key, port] of opened) this.#ports.set(key, port)
  }

  async #openOne(wanted: PortWanted, limits: PortLimits): Promise<SharedPort> {
    try {
      return await SharedPort.open(wanted, limits, this.#around, this.#complaints)
    } catch (error) {
      const own = Array.from(this.#ports.values()).filter(({ port }) => port === wanted.port)
      if (!isPorticoError(error, 'PORT_IN_USE') || wanted.address !== undefined || own.length === 0) throw error
      throw new PorticoError('PORT_OPEN_AT_AN_ADDRESS', {
        port: wanted.port,
        addresses: own.map(({ address }) => address),
      })
    }
  }

  /** Closes the ports that aren't wanted. */
  keep(wanted: readonly PortWanted[]): void {
    const keys = new Set(wanted.map(keyOf))
    for (const [key, port] of this.#ports) {
      if (keys.has(key)) continue
      this.#ports.delete(key)
      void port.close(new PorticoError('PORT_CLOSED', { port: port.port }))
    }
  }

  /** Puts changed limits in force. */
  limitsChanged(): void {
    for (const port of this.#ports.values()) port.limitsChanged()
  }

  /** Stops accepting on every port; resolves when every connection that was routed has reached its worker process or failed. */
  async drain(): Promise<void> {
    this.#isEnding = true
    await Promise.all(Array.from(this.#ports.values(), (port) => port.drain()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true
    await Promise.all(Array.from(this.#ports.values(), (port) => port[Symbol.asyncDispose]()))
  }
}
