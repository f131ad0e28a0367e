/** The schema of `<system.serviceModel.activation>`: who may share ports, and the limits of sharing. */
import { account, sid } from './account-values.ts'
import { alternative, attribute, collection, element } from './schema.ts'
import { bool, greatestInt, time, uint } from './values.ts'

/** The longest time of these attributes: 2^31 - 1 milliseconds. */
const longestTimeout = greatestInt / 1000

const allowedAccount = element(
  {
    securityIdentifier: alternative(sid(), {
      means: 'SID of a user or of a group; members of the group are let in.',
    }),
    account: alternative(account(), {
      means:
        'Portico’s own: the name of a Unix user, as alice, or of a Unix group behind %, as %developers; members of the group are let in. Linux tells upper from lower case.',
    }),
  },
  { means: 'An account that may register for shared ports.' },
)

/** The list of net.tcp, and that of net.pipe, which has the same form. */
function accountList(means: string) {
  const key = ['securityIdentifier', 'account']
  return collection(allowedAccount, { means, item: 'add', key, oneOfKey: true, remove: true, clear: true })
}

const maxPendingAccepts = attribute(uint({ max: greatestInt }), {
  default: '0',
  means: 'Connections of a registration that are handed over and not yet acknowledged. 0 means 4 × processors.',
})
const maxPendingConnections = attribute(uint({ max: greatestInt }), {
  default: '100',
  means:
    'Connections of a listener that are being read; likewise connections that wait for one application. More are closed. 0 is taken literally.',
})
const receiveTimeout = attribute(time({ max: longestTimeout, infinite: true }), {
  default: '00:00:30',
  means: 'Time from accepting a connection until it has said what it asks for. Then it is closed.',
})

export const netTcpElement = element(
  {
    listenBacklog: attribute(uint({ max: greatestInt }), {
      default: '0',
      means: 'Connections that the kernel accepts for a port before Portico does. 0 means 12 × processors.',
    }),
    maxPendingAccepts,
    maxPendingConnections,
    receiveTimeout,
    teredoEnabled: attribute(bool(), {
      default: 'false',
      means: 'Whether IPv6 connections may come through Teredo tunnels.',
      effect: 'notOnLinux',
      actsAs: 'false',
    }),
    allowAccounts: accountList(
      'Who may register. It begins with S-1-5-32-568 (every pool identity), S-1-5-18 (root), S-1-5-32-544 (administrators), S-1-5-19 and S-1-5-20; entries add to these, remove takes one away, clear all. In force for new peers at once; a connected peer that is no longer admitted is unregistered.',
    ),
  },
  { means: 'Port sharing for net.tcp.' },
)

export const netPipeElement = element(
  {
    maxPendingAccepts,
    maxPendingConnections,
    receiveTimeout,
    allowAccounts: accountList('Who may register for named pipes; begins as that of net.tcp.'),
  },
  { means: 'Sharing of named pipes.', effect: 'notOnLinux' },
)

export const diagnosticsElement = element(
  {
    performanceCountersEnabled: attribute(bool(), {
      default: 'true',
      means: 'Whether Windows performance counters are kept.',
    }),
  },
  { means: 'Diagnostics of the sharing service.', effect: 'notOnLinux' },
)

export const activationElement = element(
  { 'net.tcp': netTcpElement, 'net.pipe': netPipeElement, diagnostics: diagnosticsElement },
  { means: 'Settings of the sharing service.' },
)
