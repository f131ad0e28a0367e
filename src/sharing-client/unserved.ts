/** What a client gets that asked for a path below a registered address which no endpoint of the process serves. */
import type { Socket } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { encodeFault } from '#framing/faults.ts'

/** What is discarded at most: closing with bytes unread would reset the connection and destroy the fault on its way. */
const greatestDrain = 65_536
/** Milliseconds for the client to read the fault and to close. */
const answerLimit = 5_000

/** Answers with the fault EndpointNotFound and closes. */
export function answerUnserved(socket: Socket, clock: Clock): void {
  const limit = clock.after(answerLimit, () => socket.destroy())
  limit.unref()
  let drained = 0
  socket.allowHalfOpen = true
  socket.on('error', () => {}) // 'close' follows
  socket.once('close', () => limit[Symbol.dispose]())
  socket.on('data', (chunk) => {
    drained += chunk.byteLength
    if (drained > greatestDrain) socket.destroy()
  })
  socket.resume() // whether it was paused or not
  socket.end(encodeFault('EndpointNotFound'))
}
