/** The application that standby processes rehearse with: answers every message with the same message. */
import type { Application } from '#worker-host/application.ts'

export default {
  async session(session) {
    for await (const envelope of session) await session.send(envelope)
  },
} satisfies Application
