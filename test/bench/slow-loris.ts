/** Does a crowd of clients that say nothing, or never come to their end, hold up those who work? */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { wholePreamble } from '../support/net-tcp-client.ts'
import { inTurns, question } from './support/bench.ts'
import { connectionsPerSecond } from './support/load.ts'
import { BenchPortico } from './support/subjects.ts'

const rounds = 9
const crowd = 1_000
const connections = 2_000
const atOnce = 16

/** Clients that connect, say nothing or the beginning of a preamble, and come again whenever they are sent away. */
class Crowd implements Disposable {
  readonly #sockets = new Set<Socket>()
  readonly #port: number
  #isOver = false

  private constructor(port: number) {
    this.#port = port
  }

  /** Resolves when all are connected. */
  static async gather(port: number): Promise<Crowd> {
    const gathered = new Crowd(port)
    await Promise.all(Array.from({ length: crowd }, (_, n) => gathered.#join(n % 2 === 0)))
    return gathered
  }

  async #join(isSilent: boolean): Promise<void> {
    const socket = connect({ port: this.#port, host: '127.0.0.1' })
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (!this.#isOver) void this.#join(isSilent)
    })
    await once(socket, 'connect')
    if (!isSilent) socket.write(wholePreamble(`net.tcp://localhost:${this.#port}/echo`).subarray(0, 20))
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    for (const socket of this.#sockets) socket.destroy()
  }
}

await question(
  `slow-loris: connections a second, ${atOnce} at a time, beside ${crowd} clients of which half say nothing and half stop within their preamble, against the same without them`,
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({ apps: { echo: 'echo' } }))
    const perSecond = () => connectionsPerSecond(portico.port, connections, atOnce)
    const beside = async () => {
      using _crowd = await Crowd.gather(portico.port)
      return await perSecond()
    }
    const results = await inTurns(rounds, { beside, undisturbed: perSecond })
    return [
      {
        name: 'connections',
        unit: '1/s',
        portico: results.beside,
        baseline: results.undisturbed,
        against: 'without the crowd',
      },
    ]
  },
)
