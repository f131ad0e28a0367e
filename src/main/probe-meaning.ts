/** What a failed call means, and what to do about it, in sentences for the person who called. */
import { explainFault, type FaultName, faultOf } from '#framing/faults.ts'
import { probeEncoding } from './probe-client.ts'
import { type ProbeResult, probeLimits } from './probe-result.ts'
import type { ProbeTarget } from './probe-target.ts'

export interface Meaning {
  readonly meaning: string
  readonly hint: string
}

const compare = `The probe sends duplex framing with ${probeEncoding} and no security: compare the service's binding.`
const log = 'On the server, portico status shows what went wrong with the application, and where its log is.'
const shorten = 'Call a shorter address.'

const faultHints: Readonly<Record<FaultName, string>> = {
  ContentTypeInvalid: compare,
  ContentTypeTooLong: compare,
  ConnectionDispatchFailed: log,
  EndpointNotFound: 'On the server, portico status lists the applications and their addresses.',
  EndpointUnavailable: 'On the server, portico status shows the state of its pool and the protocols it is enabled for.',
  MaxMessageSizeExceededFault: "Raise maxReceivedMessageSize of the service's binding.",
  ServerTooBusy: 'On the server, portico status shows what waits.',
  ServiceActivationFailed: log,
  UnsupportedMode: compare,
  UnsupportedVersion: compare,
  UpgradeInvalid: compare,
  ViaTooLong: shorten,
}

/** Undefined for a call that got its reply. */
export function meaningOf(result: ProbeResult, target: ProbeTarget): Meaning | undefined {
  switch (result.outcome) {
    case 'replied':
      return undefined
    case 'fault':
      return ofFault(result.fault ?? '')
    case 'ended':
      return { meaning: 'the service took the session and ended it without a reply', hint: log }
    case 'closed':
    case 'reset':
      return ofClosed(result)
    case 'unreachable':
      return ofUnreachable(result, target)
    case 'timedOut':
      return ofSilence(result, target)
    case 'notFraming':
      return ofOthers(result, target)
    case 'interrupted':
      return { meaning: 'it was interrupted here', hint: '' }
    default:
      return result.outcome satisfies never
  }
}

/** The name of a fault; the URI of one that has none. */
export function faultLabel(uri: string): string {
  return faultOf(uri) ?? uri
}

function ofFault(uri: string): Meaning {
  const name = faultOf(uri)
  return { meaning: explainFault(uri), hint: name ? faultHints[name] : "Look in the server's log." }
}

function ofClosed({ stage, outcome, received }: ProbeResult): Meaning {
  const how = outcome === 'reset' ? 'the server cut the connection' : 'the server closed the connection'
  if (stage === 'reply') return { meaning: `${how} after the acknowledgement, without a reply`, hint: log }
  if (received > 0) return { meaning: `${how} in the middle of its answer`, hint: "Look in the server's log." }
  return {
    meaning: `${how} without a byte: too many connections wait, it shuts down, or it takes no net.tcp`,
    hint: 'On the server, portico status counts the connections it closed; its log says why.',
  }
}

function ofUnreachable({ code }: ProbeResult, { host, port, portIsWritten }: ProbeTarget): Meaning {
  switch (code) {
    case 'ECONNREFUSED':
      return {
        meaning: `nothing listens on port ${port} of ${host}`,
        hint: portIsWritten
          ? 'On the server, portico status shows what listens; portico serve starts it.'
          : `The URL names no port, and ${port} is the default of net.tcp. If it is another, write it: net.tcp://${host}:8808/…`,
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return { meaning: `the name ${host} has no address`, hint: 'Check its spelling, or call the address itself.' }
    default:
      return {
        meaning: `there is no way to port ${port} of ${host}`,
        hint: 'Check the address, the network and its firewalls.',
      }
  }
}

function ofSilence({ stage }: ProbeResult, { host, port }: ProbeTarget): Meaning {
  const limit = `${probeLimits[stage] / 1000} s`
  if (stage === 'connection') {
    return {
      meaning: `${host} did not answer on port ${port} within ${limit}`,
      hint: 'Check the address, the network and its firewalls.',
    }
  }
  if (stage === 'reply')
    return { meaning: `the service took the session, but sent no reply within ${limit}`, hint: log }
  return {
    meaning: `no acknowledgement came within ${limit}: the application starts slowly, or the server takes no net.tcp`,
    hint: log,
  }
}

function ofOthers({ speaks }: ProbeResult, { port }: ProbeTarget): Meaning {
  return {
    meaning: speaks
      ? `the server does not speak net.tcp: it looks like ${speaks}`
      : 'the server does not speak net.tcp',
    hint: `Check the port: ${port} belongs to something else. On the server, ss -ltnp shows to what.`,
  }
}
