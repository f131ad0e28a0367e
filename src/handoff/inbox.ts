/** What a peer says, line by line: some lines a turn, so that nobody's flood keeps others waiting, and none while it is held. */
import type { Socket } from 'node:net'
import { LineSplitter } from './lines.ts'

/** So many lines are heard before everybody else has had a turn. */
const linesInTurn = 128

export class Inbox {
  readonly #socket: Socket
  readonly #hear: (line: string | undefined) => void
  readonly #lines = new LineSplitter()
  /** Read and not heard yet; nothing more is read before they are. */
  #unheard: (string | undefined)[] = []
  #holds = 0
  #next: NodeJS.Immediate | undefined
  #allHeard: (() => void) | undefined
  #isClosed = false

  /** `hear` gets each line, and undefined in place of one that is too long. */
  constructor(socket: Socket, hear: (line: string | undefined) => void) {
    this.#socket = socket
    this.#hear = hear
  }

  take(chunk: Buffer): void {
    const lines = this.#lines.push(chunk) ?? [undefined]
    if (lines.length > 0) this.#unheard = this.#unheard.concat(lines)
    if (this.#holds === 0 && this.#next === undefined) this.#turn()
  }

  /** Nothing is heard of the peer until disposed, neither what has been read nor more. */
  hold(): Disposable {
    this.#holds++
    this.#socket.pause()
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#holds--
        this.#goOn()
      },
    }
  }

  /** Nothing more comes: calls back once everything that has been read is heard. */
  end(allHeard: () => void): void {
    this.#allHeard = allHeard
    this.#goOn()
  }

  /** The peer is gone: what it said last is heard at once, as far as it isn't held. */
  finish(): void {
    for (const line of this.#unheard) if (this.#holds === 0 && !this.#isClosed) this.#hear(line)
    this.close()
  }

  /** Nothing is heard any more. */
  close(): void {
    this.#isClosed = true
    this.#unheard = []
    clearImmediate(this.#next)
    this.#next = undefined
  }

  #turn(): void {
    this.#next = undefined
    const lines = this.#unheard
    let heard = 0
    while (heard < lines.length && heard < linesInTurn && this.#holds === 0) {
      this.#hear(lines[heard++])
      if (this.#unheard !== lines) return // it was closed
    }
    this.#unheard = lines.slice(heard)
    this.#goOn()
  }

  #goOn(): void {
    if (this.#holds > 0 || this.#isClosed) return
    if (this.#unheard.length > 0) {
      this.#socket.pause()
      this.#next ??= setImmediate(() => this.#turn())
    } else if (this.#allHeard) this.#allHeard()
    else this.#socket.resume()
  }
}
