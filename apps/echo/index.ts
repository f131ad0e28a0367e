/** Answers every message with the same message: the smallest application that speaks net.tcp framing. */
import type { Application } from 'portico'

export default {
  async session(session) {
    for await (const envelope of session) await session.send(envelope)
  },
} satisfies Application
