/** An application that hands every byte to a program behind it, as one without a way to take over a socket needs it. */

/** Files of an application that relays to a port of this machine. */
export function relayTo(port: number): Readonly<Record<string, string>> {
  return {
    'index.mjs': `
import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'

export default {
  async connection(socket) {
    // With the first bytes in hand: a server that reads them in its accept loop is not held up by us.
    socket.once('readable', () => {
      const behind = connect({ port: ${port}, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
      pipeline(socket, behind, socket).catch(() => { socket.destroy(); behind.destroy() })
    })
  },
}`,
  }
}
