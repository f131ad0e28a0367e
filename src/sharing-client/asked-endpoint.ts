/** What somebody asks to be shared, checked: a line that Portico can't read would end the channel for every service of the process. */
import { PorticoError } from '#base/errors.ts'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import type { EndpointSettings } from '#binding/rule.ts'
import {
  type BindingProperty,
  bindingProperties,
  bindingTimes,
  effectiveSettings,
  type WrittenSettings,
} from '#binding/settings.ts'
import { sharedUriText } from '#binding/shared-uri.ts'
import type { PeerLine } from '#handoff/protocol.ts'
import { type Place, placeOf } from './place.ts'
import { candidates } from './placement.ts'
import { localError } from './sharing-error.ts'

/** The longest URI that can be registered, in bytes of UTF-8 and in canonical form, which is what Portico is told. */
const greatestUri = 2048
/** The longest text that names an endpoint or where a property was set: all eight together fit a line, whatever letters they have. */
const greatestText = 1024

/** What an endpoint is, and how its connections are to come. */
export interface EndpointOptions {
  /** Where the endpoint can be reached, as `net.tcp://+:9000/orders`. The host `+` is any host name, `*` any that nobody else wants. */
  readonly uri: string
  /** Registered instead of the URI if the URI lies under it; several endpoints of the process may have the same. */
  readonly baseAddress?: string | undefined
  /** How a host name in the URI is compared; `StrongWildcard`, any name, unless said otherwise. */
  readonly hostNameComparisonMode?: HostNameComparisonMode | undefined
  /** The binding settings that differ from the defaults. Times are milliseconds, `Infinity` is for ever. */
  readonly binding?: WrittenSettings | undefined
  /** Names the endpoint in messages about settings that differ; its URI unless said otherwise. */
  readonly endpoint?: string | undefined
  /** Where each setting was set, for the same messages, as `{ maxPendingConnections: 'orders.config:12' }`. */
  readonly setAt?: EndpointSettings['setAt'] | undefined
}

export interface AskedEndpoint {
  /** As it was written. */
  readonly uri: string
  readonly place: Place
  /** Where it may be registered, in the order in which that is tried. */
  readonly places: readonly Place[]
  readonly settings: EndpointSettings
  /** What Portico is told of the settings. */
  readonly line: Pick<RegisterLine, 'binding' | 'endpoint' | 'setAt'>
}

type RegisterLine = Extract<PeerLine, { type: 'register' }>

/** Throws a SharingError for options that no endpoint can have. */
export function askedEndpoint(options: EndpointOptions): AskedEndpoint {
  const { uri, baseAddress, hostNameComparisonMode: mode, binding: written = {} } = options
  const wrong = (problem: string) =>
    localError('InvalidArgument', uri, new PorticoError('SHARING_ASKED_WRONGLY', { uri, problem }))
  const place = placeOf(uri, mode)
  if (typeof place === 'string') throw wrong(place)
  const bytes = Buffer.byteLength(sharedUriText(place))
  if (bytes > greatestUri) {
    const args = { uri: `${uri.slice(0, 60)}…`, bytes, limit: greatestUri }
    throw localError('PathTooLong', uri, new PorticoError('SHARING_URI_TOO_LONG', args))
  }
  const base = baseAddress === undefined ? undefined : placeOf(baseAddress, mode)
  if (typeof base === 'string') throw wrong(`the base address ${baseAddress}: ${base}`)
  const problem = problemOf(written)
  if (problem) throw wrong(problem)
  const endpoint = bounded(options.endpoint ?? sharedUriText(place))
  const setAt = setAtOf(options, endpoint)
  return {
    uri,
    place,
    places: candidates(place, base),
    settings: { endpoint, settings: effectiveSettings(written), setAt },
    line: { binding: written, endpoint, setAt }, // JSON writes Infinity as null, which is for ever
  }
}

/** The sentence for the first setting that can't be. */
function problemOf(written: WrittenSettings): string | undefined {
  for (const [name, value] of Object.entries(written)) {
    if (!isProperty(name)) return `a binding has no setting ${name}; it has ${bindingProperties.join(', ')}`
    if (value === undefined) continue
    const isTime = bindingTimes.has(name)
    if (isTime ? !(typeof value === 'number' && value >= 0) : !(Number.isSafeInteger(value) && value >= 0))
      return `${name} is ${value}, and ${isTime ? 'a time is a number of milliseconds, not negative' : 'must be a whole number, not negative'}`
    if (name === 'channelInitializationTimeout' && value === 0) return `${name} is 0, and must be positive`
  }
  return undefined
}

function isProperty(name: string): name is BindingProperty {
  return (bindingProperties as readonly string[]).includes(name)
}

/** Whoever wrote a value without a word about where has written it in its call. */
function setAtOf({ binding = {}, setAt = {} }: EndpointOptions, endpoint: string): NonNullable<RegisterLine['setAt']> {
  const written = bindingProperties.filter((name) => binding[name] !== undefined)
  return Object.fromEntries(written.map((name) => [name, bounded(setAt[name] ?? `share() of ${endpoint}`)]))
}

const bounded = (text: string) => (text.length > greatestText ? `${text.slice(0, greatestText - 1)}…` : text)
