/** Attributes that `netTcpBinding` and `tcpTransport` have in common, and the times that every binding has. */
import { type AttributeMeta, attribute, element } from './schema.ts'
import { bool, greatestInt, long, oneOf, text, time, uint } from './values.ts'

/** The greatest time of .NET, 922,337,203,685 seconds. */
const longestTime = 922_337_203_685

/** Any time of .NET from `min` seconds on. */
export function anyTime(min = 0) {
  return time({ min, max: longestTime, infinite: true })
}

/** A whole number of 32 bits. */
export function int(min = 0) {
  return uint({ min, max: greatestInt })
}

/** An attribute that nothing acts on, and that is no news with its default. */
export function withoutEffect(
  meta: Required<Pick<AttributeMeta, 'effect' | 'default' | 'means'>> & Pick<AttributeMeta, 'why'>,
) {
  return { ...meta, actsAs: meta.default }
}

export const bindingName = attribute(text(), {
  default: '',
  means:
    'Name of the configuration, by which endpoints choose it; upper and lower case differ. Without a name it is that of endpoints without bindingConfiguration.',
})

const times = (means: string, standard: string) =>
  attribute(
    anyTime(),
    withoutEffect({
      default: standard,
      means,
      effect: 'notInForceYet',
      why: 'is not in force: how long the service waits is up to its program',
    }),
  )

export const bindingTimes = {
  closeTimeout: times('Time for closing a session.', '00:01:00'),
  openTimeout: times('Time for opening one.', '00:01:00'),
  sendTimeout: times('Time for sending a message.', '00:01:00'),
  receiveTimeout: times('Time that a session may pass without a message.', '00:10:00'),
}

export const transferModes = ['Buffered', 'Streamed', 'StreamedRequest', 'StreamedResponse'] as const

export const hostNameComparisonMode = attribute(
  oneOf(['StrongWildcard', 'Exact', 'WeakWildcard']),
  withoutEffect({
    default: 'StrongWildcard',
    means: 'How host names are compared. The site binding decides it.',
    effect: 'noEffect',
    why: 'has no effect: the site binding decides how host names are compared',
  }),
)

export const listenBacklog = attribute(
  int(),
  withoutEffect({
    default: '0',
    means: 'Connections that the kernel accepts. The sharing service decides it, for a port and not for a service.',
    effect: 'noEffect',
    why: 'has no effect: listenBacklog of net.tcp in SMSvcHost.exe.config decides for the whole port',
  }),
)

export const portSharingEnabled = attribute(bool(), {
  default: 'false',
  means: 'Whether the port is shared. Ports of activated services are always shared.',
  effect: 'noEffect',
  actsAs: 'true',
  why: 'has no effect: the ports of activated services are always shared',
})

export function maxBufferPoolSize(min: number) {
  return attribute(
    long({ min }),
    withoutEffect({
      default: '524288',
      means: 'Bytes that .NET keeps for buffers.',
      effect: 'notOnLinux',
    }),
  )
}

export const messageSizes = {
  maxBufferSize: attribute(int(1), {
    default: '65536',
    means:
      'Buffered: equal to maxReceivedMessageSize, which it follows when it is not written. Streamed: not greater; only checked.',
    effect: 'notInForceYet',
    noticedByReader: true,
  }),
  maxReceivedMessageSize: attribute(long({ min: 1 }), {
    default: '65536',
    means: `The greatest message that is received, in bytes. Buffered: at most ${greatestInt}.`,
  }),
  transferMode: attribute(oneOf(transferModes), {
    default: 'Buffered',
    means: 'Whether messages come as a whole (Buffered) or as streams, in requests, in responses or in both.',
  }),
}

const quota = (means: string) => attribute(int(), { default: '0', means })

export const readerQuotas = element(
  {
    maxDepth: quota('Nested elements; 0 means 32.'),
    maxStringContentLength: quota('Characters of a text; 0 means 8192.'),
    maxArrayLength: quota('Members of an array; 0 means 16384.'),
    maxBytesPerRead: quota('Bytes of a start tag; 0 means 4096.'),
    maxNameTableCharCount: quota('Characters of all names; 0 means 16384.'),
  },
  {
    means:
      'Limits for reading the XML in messages, for services that portico/wcf makes; others read their messages themselves.',
  },
)
