/** What a peer may say on the sharing channel: the schema is the one source of its messages' types and checks. */
import { z } from 'zod'
import { printable, printableLines } from '#base/printable.ts'
import { bindingProperties } from '#binding/settings.ts'
import { longestLeaseName } from './lease-bounds.ts'

const number = z.int().nonnegative()
// What others write is shown to administrators: at a terminal, in a log. What Portico reads itself stays as it is.
const shown = (greatest: number) => z.string().max(greatest).transform(printable)
const shownLines = z.string().max(8192).transform(printableLines)
const via = z.string().max(8192)
const application = z.string().min(1).max(2048)
const endpoint = z.object({ address: z.string().max(64), port: z.int().min(0).max(65_535) })

/** Times are milliseconds, `null` for ever; what is left out has its default. */
const time = z.number().nonnegative().nullable().optional()
const count = z.int().nonnegative().optional()
const binding = z.object({
  channelInitializationTimeout: time,
  connectionBufferSize: count,
  maxPendingConnections: count,
  maxOutputDelay: time,
  maxPendingAccepts: count,
  idleTimeout: time,
  maxOutboundConnectionsPerEndpoint: count,
})
/** What a start or a loading took: each step with the milliseconds since it, because clocks of processes differ. */
const steps = z
  .array(z.object({ step: shown(64), ago: z.number().nonnegative() }))
  .max(16)
  .optional()

/** Fields that a later version adds are ignored; a type that isn't known ends the channel. */
export const peerMessage = z.discriminatedUnion('type', [
  /**
   * Must be first. `open`: connections that the peer still has from an earlier channel. `uri`: what a self-hosted service
   * is about to register, so that a refusal can name it. `standby`: a process of Portico's own that waits to become a
   * worker process. `steps`: of the start of a worker process. Who the peer is, only the kernel says.
   */
  z.object({
    type: z.literal('hello'),
    version: number,
    token: z.string().max(128).optional(),
    open: number.default(0),
    uri: shown(2048).optional(),
    steps,
    standby: z.literal(true).optional(),
  }),
  /**
   * From a worker process: the `application` is loaded, which took these `steps`; connections for it may come. From a self-hosted service:
   * connections for `uri` and everything below are its own. `request` comes back in the answer; `endpoint` and `setAt`
   * say whose binding settings these are, and where they were set, for whoever differs from them later.
   */
  z.object({
    type: z.literal('register'),
    application: application.optional(),
    steps,
    request: number.optional(),
    uri: z.string().optional(),
    hostNameComparisonMode: z.string().max(64).optional(),
    binding: binding.optional(),
    endpoint: shown(4096).optional(),
    setAt: z.partialRecord(z.enum(bindingProperties), shown(4096)).optional(),
  }),
  z.object({ type: z.literal('unregister'), registration: number }),
  /** A service within the application was started or could not be; `binding` is what is in force for the application. */
  z.object({
    type: z.literal('service'),
    application,
    service: shown(2048),
    failure: z.object({ message: shownLines, detail: shownLines.default('') }).optional(),
    binding: binding.optional(),
    setBy: shown(4096).optional(),
  }),
  /** The application can't be loaded; `detail` is for the log. */
  z.object({ type: z.literal('activationFailed'), application, message: shownLines, detail: shownLines.default('') }),
  /** The peer has the connection's descriptor and has read nothing of it. */
  z.object({ type: z.literal('accepted'), connection: number }),
  /** The peer doesn't take the connection and has read nothing of it. */
  z.object({ type: z.literal('rejected'), connection: number, reason: shown(8192) }),
  /** A connection that was accepted has ended; `failure` when its handler failed. */
  z.object({
    type: z.literal('closed'),
    connection: number,
    failure: z.object({ application, message: shownLines }).optional(),
  }),
  /** Would a connection for `via` at `local` come to this registration? */
  z.object({ type: z.literal('validateRoute'), request: number, registration: number, via, local: endpoint }),
  z.object({ type: z.literal('pong'), request: number }),
  /**
   * The application has something to do without a connection: until `released` the worker process isn't idle. `number` is
   * the peer's own; `heldFor`: milliseconds that it has been so already, after a reconnect.
   */
  z.object({
    type: z.literal('lease'),
    number,
    application,
    name: shown(longestLeaseName),
    heldFor: z.number().nonnegative().default(0),
  }),
  z.object({ type: z.literal('released'), number }),
  /** The peer was asked by somebody else to end: it wants no more connections, and to be drained. */
  z.object({ type: z.literal('retire') }),
  /** The peer ends the channel in an orderly way. */
  z.object({ type: z.literal('leave') }),
])
