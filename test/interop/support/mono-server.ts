/** Mono's server with the contracts of the tests, behind applications of a Portico that relay to it. */
import { inject } from 'vitest'
import { freePort } from '../../support/portico-folders.ts'
import { PorticoUnderTest } from '../../support/portico-under-test.ts'
import { relayTo } from './relay.ts'
import { ToldProgram } from './told-program.ts'

export class MonoBehindPortico implements AsyncDisposable {
  readonly portico: PorticoUnderTest
  readonly #server: ToldProgram

  private constructor(portico: PorticoUnderTest, server: ToldProgram) {
    this.portico = portico
    this.#server = server
  }

  static async start(): Promise<MonoBehindPortico> {
    const ports = [await freePort(), await freePort(), await freePort()] as const
    const [orders, events, documents] = ports
    const apps = { orders: relayTo(orders), events: relayTo(events), documents: relayTo(documents) }
    const portico = await PorticoUnderTest.start({ apps })
    const address = `net.tcp://127.0.0.1:${portico.port}`
    const server = new ToldProgram(inject('peers')['Mono server'], [address, ...ports.map(String)], 0)
    await server.next() // ready
    return new MonoBehindPortico(portico, server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _portico = this.portico
    await using server = this.#server
    server.checkRuns()
  }
}
