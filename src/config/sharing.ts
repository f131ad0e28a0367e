/** The schema of `<system.serviceModel.activation>`: who may share ports, and the limits of sharing. */
import { attribute, collection, element, required } from './schema.ts'
import { bool, greatestInt, matching, time, uint } from './values.ts'

/** The longest time of these attributes: 2^31 - 1 milliseconds. */
const longestTimeout = greatestInt / 1000

const account = element(
  {
    securityIdentifier: required(
      matching(
        /^S-1-\d{1,15}(?:-\d{1,10}){1,15}$/i,
        'S-1-…',
        'a SID, written S-1-…; names of accounts are not accepted',
      ),
      { means: 'SID of a user or of a group; members of the group are let in.' },
    ),
  },
  { means: 'An account that may register for shared ports.' },
)

const allowAccounts = collection(account, {
  means:
    'Who may register. It begins with S-1-5-32-568 (every pool identity), S-1-5-18 (root), S-1-5-32-544 (administrators), S-1-5-19 and S-1-5-20; entries add to these, remove takes one away, clear all. Kept and shown; not in force yet.',
  item: 'add',
  key: ['securityIdentifier'],
  remove: true,
  clear: true,
})

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
    allowAccounts,
  },
  { means: 'Port sharing for net.tcp.' },
)

export const netPipeElement = element(
  { maxPendingAccepts, maxPendingConnections, receiveTimeout, allowAccounts },
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
