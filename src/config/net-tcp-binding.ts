/** The schema of `<netTcpBinding>`: what a binding over net.tcp can say without building its own stack. */
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
import { bool, flags, oneOf } from './values.ts'

export const protectionLevel = attribute(oneOf(['EncryptAndSign', 'Sign', 'None']), {
  default: 'EncryptAndSign',
  means: 'What is done to the bytes of a secured connection.',
  effect: 'notInForceYet',
  noticedByReader: true,
})

export const sslProtocols = attribute(
  flags(['None', 'Default', 'Ssl2', 'Ssl3', 'Tls', 'Tls11', 'Tls12', 'Tls13'] as const),
  {
    default: 'Tls, Tls11, Tls12',
    means: 'Versions of TLS.',
    effect: 'notInForceYet',
    noticedByReader: true,
  },
)

const suites = ['Basic256', 'Basic192', 'Basic128', 'TripleDes'].flatMap((cipher) =>
  ['', 'Rsa15', 'Sha256', 'Sha256Rsa15'].map((rest) => `${cipher}${rest}`),
)

const transportSecurity = element(
  {
    clientCredentialType: attribute(oneOf(['Windows', 'None', 'Certificate']), {
      default: 'Windows',
      means: 'What clients prove their identity with.',
    }),
    protectionLevel,
    sslProtocols,
  },
  {
    means: 'How connections are secured.',
    effect: 'notInForceYet',
    noticedByReader: true,
    foreign: { extendedProtectionPolicy: 'Ties Windows authentication to its connection.' },
  },
)

const messageSecurity = element(
  {
    clientCredentialType: attribute(oneOf(['Windows', 'None', 'UserName', 'Certificate', 'IssuedToken']), {
      default: 'Windows',
      means: 'What clients prove their identity with.',
    }),
    algorithmSuite: attribute(oneOf(['Default', ...suites]), {
      default: 'Default',
      means: 'Algorithms; Default is Basic256.',
    }),
  },
  { means: 'How messages are secured.', effect: 'notInForceYet', noticedByReader: true },
)

const security = element(
  {
    mode: attribute(oneOf(['Transport', 'None', 'Message', 'TransportWithMessageCredential']), {
      default: 'Transport',
      means:
        'Portico secures no connections: only None and Message let clients in, and what is secured in messages is up to the service. The default asks for more, so None has to be written, at the clients as well.',
      effect: 'notInForceYet',
      noticedByReader: true,
    }),
    transport: transportSecurity,
    message: messageSecurity,
  },
  { means: 'What clients and service demand of each other.' },
)

const session = { effect: 'notInForceYet', why: 'is not in force: reliable sessions are up to the service' } as const

const reliableSession = element(
  {
    enabled: attribute(
      bool(),
      withoutEffect({ default: 'false', means: 'Whether lost messages are sent again.', ...session }),
    ),
    ordered: attribute(
      bool(),
      withoutEffect({ default: 'true', means: 'Whether messages keep their order.', ...session }),
    ),
    inactivityTimeout: attribute(
      anyTime(1e-7),
      withoutEffect({ default: '00:10:00', means: 'Time without a message that ends the session.', ...session }),
    ),
  },
  { means: 'Sessions that outlive their connections.' },
)

const netTcpBindingElement = element(
  {
    name: bindingName,
    maxConnections: attribute(int(), {
      default: '0',
      means:
        'Sets maxPendingConnections and maxOutboundConnectionsPerEndpoint of tcpTransport, both. 0 means 12 × processors for both.',
    }),
    ...messageSizes,
    ...bindingTimes,
    transactionFlow: attribute(
      bool(),
      withoutEffect({
        default: 'false',
        means: 'Whether transactions of clients reach the service.',
        effect: 'notOnLinux',
      }),
    ),
    transactionProtocol: attribute(
      oneOf(['OleTransactions', 'WSAtomicTransactionOctober2004', 'WSAtomicTransaction11', 'Default']),
      withoutEffect({
        default: 'OleTransactions',
        means: 'How transactions travel.',
        effect: 'notOnLinux',
      }),
    ),
    hostNameComparisonMode,
    listenBacklog,
    maxBufferPoolSize: maxBufferPoolSize(0),
    portSharingEnabled,
    readerQuotas,
    reliableSession,
    security,
  },
  {
    means:
      'A configuration of netTcpBinding. Endpoints of one application must agree in maxConnections: the first one that is opened decides.',
  },
)

export const netTcpBindings = collection(netTcpBindingElement, {
  means: 'The configurations of netTcpBinding.',
  item: 'binding',
  key: ['name'],
  caseSensitive: true,
  remove: true,
  clear: true,
})
