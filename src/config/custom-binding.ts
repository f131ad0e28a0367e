/** The schema of `<customBinding>`: the elements of a binding's stack that concern net.tcp. */
import { protectionLevel, sslProtocols } from './net-tcp-binding.ts'
import { attribute, collection, element } from './schema.ts'
import {
  anyTime,
  bindingName,
  bindingTimes,
  hostNameComparisonMode,
  int,
  listenBacklog,
  maxBufferPoolSize,
  messageSizes,
  portSharingEnabled,
  readerQuotas,
  withoutEffect,
} from './transport-attributes.ts'
import { bool, oneOf, text } from './values.ts'

const connectionPoolSettings = element(
  {
    groupName: attribute(
      text(),
      withoutEffect({ default: 'default', means: 'Name of the pool of connections.', effect: 'notInForceYet' }),
    ),
    leaseTimeout: attribute(anyTime(), {
      default: '00:05:00',
      means: 'Time after which a connection is not kept again.',
      effect: 'notInForceYet',
      actsAs: 'Infinite',
    }),
    idleTimeout: attribute(anyTime(), {
      default: '00:02:00',
      means: 'How long a connection is kept between two sessions.',
    }),
    maxOutboundConnectionsPerEndpoint: attribute(int(), {
      default: '10',
      means: 'Connections that are kept between two sessions. 10, even when it is written, means 12 × processors.',
    }),
  },
  { means: 'How connections are kept for the next session.' },
)

export const tcpTransportElement = element(
  {
    connectionBufferSize: attribute(int(1), { default: '8192', means: 'Bytes that are read and written at once.' }),
    channelInitializationTimeout: attribute(anyTime(1e-7), {
      default: '00:00:30',
      means: 'Time from the first byte of a preamble until it is complete.',
    }),
    maxPendingConnections: attribute(int(), {
      default: '0',
      means: 'Connections of a process whose session the service has not accepted. 0 means 12 × processors.',
    }),
    maxOutputDelay: attribute(anyTime(), {
      default: '00:00:00.2',
      means: 'How long a piece of a message may wait for more before it is sent.',
    }),
    maxPendingAccepts: attribute(int(), {
      default: '0',
      means: 'Connections that are offered to a process at once. 0 means 2 × processors.',
    }),
    ...messageSizes,
    manualAddressing: attribute(
      bool(),
      withoutEffect({
        default: 'false',
        means: 'Whether the service addresses its messages itself.',
        effect: 'notInForceYet',
        why: 'is not in force: the addresses in messages are up to the service',
      }),
    ),
    maxBufferPoolSize: maxBufferPoolSize(1),
    hostNameComparisonMode,
    listenBacklog,
    portSharingEnabled,
    teredoEnabled: attribute(
      bool(),
      withoutEffect({
        default: 'false',
        means: 'Whether IPv6 connections may come through Teredo tunnels. The sharing service decides it.',
        effect: 'notOnLinux',
      }),
    ),
    connectionPoolSettings,
  },
  {
    means:
      'The transport, last in its stack. Endpoints of one application must agree in channelInitializationTimeout, connectionBufferSize, maxPendingConnections, maxOutputDelay, maxPendingAccepts, idleTimeout and maxOutboundConnectionsPerEndpoint: the first one that is opened decides.',
    foreign: { extendedProtectionPolicy: 'Ties Windows authentication to its connection.' },
  },
)

const encoding = {
  effect: 'notInForceYet',
  why: 'is not in force: the service gets its messages as bytes and reads them itself',
} as const

export const binaryMessageEncodingElement = element(
  {
    maxReadPoolSize: attribute(int(1), withoutEffect({ default: '64', means: 'Readers that are kept.', ...encoding })),
    maxWritePoolSize: attribute(int(1), withoutEffect({ default: '16', means: 'Writers that are kept.', ...encoding })),
    maxSessionSize: attribute(
      int(),
      withoutEffect({ default: '2048', means: 'Bytes of the names that a session remembers.', ...encoding }),
    ),
    compressionFormat: attribute(
      oneOf(['None', 'GZip', 'Deflate']),
      withoutEffect({ default: 'None', means: 'How messages are compressed.', ...encoding }),
    ),
    readerQuotas,
  },
  { means: 'The binary encoding of messages.' },
)

const secured = {
  effect: 'notInForceYet',
  noticedByReader: true,
} as const

const securedMeans = 'Clients ask for it and are turned away, because Portico secures no connections.'

export const windowsStreamSecurityElement = element(
  { protectionLevel },
  { means: `Secures connections by Windows accounts. ${securedMeans}`, ...secured },
)

export const sslStreamSecurityElement = element(
  {
    requireClientCertificate: attribute(bool(), {
      default: 'false',
      means: 'Whether clients need a certificate.',
    }),
    sslProtocols,
  },
  { means: `Secures connections by TLS. ${securedMeans}`, ...secured },
)

/** The elements of a stack that are read here; those of other products may stand between them. */
export const stackElements = {
  tcpTransport: tcpTransportElement,
  binaryMessageEncoding: binaryMessageEncodingElement,
  windowsStreamSecurity: windowsStreamSecurityElement,
  sslStreamSecurity: sslStreamSecurityElement,
} as const

export const customBindingElement = element(
  { name: bindingName, ...bindingTimes },
  {
    means:
      'A binding as a stack of elements. With tcpTransport it is one over net.tcp; elements that are not listed here are accepted and not read.',
  },
)

export const customBindings = collection(customBindingElement, {
  means: 'The configurations of customBinding.',
  item: 'binding',
  key: ['name'],
  caseSensitive: true,
  remove: true,
  clear: true,
})
