/** Sends every byte back as it came, the client's preamble included: an application with a protocol stack of its own. */
import type { Application } from 'portico'

export default {
  connection(socket) {
    socket.pipe(socket)
  },
} satisfies Application
