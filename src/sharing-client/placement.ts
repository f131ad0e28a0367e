/** Which registration an endpoint of this process belongs to, and which endpoint a connection does: values in, values out. */
import { type Difference, type EndpointSettings, join } from '#binding/rule.ts'
import { isAbove, longestAbove, segmentsOf } from '#framing/path-segments.ts'
import { keyOf, type Place } from './place.ts'

/** What becomes of an endpoint that is to be shared. */
export type Placement =
  | { readonly is: 'new'; readonly place: Place }
  | { readonly is: 'joins'; readonly key: string }
  | {
      readonly is: 'conflicts'
      readonly place: Place
      readonly inForce: EndpointSettings
      readonly differences: readonly Difference[]
    }

/**
 * The places at which an endpoint may be registered, in the order in which they are tried: the base address, if the
 * endpoint lies under it, and then one path segment more each time, up to the endpoint's own.
 */
export function candidates(endpoint: Place, base: Place | undefined): Place[] {
  const isUnder =
    base !== undefined &&
    base.host === endpoint.host &&
    base.port === endpoint.port &&
    isAbove(segmentsOf(base.path), segmentsOf(endpoint.path))
  if (!isUnder) return [endpoint]
  const segments = endpoint.path.split('/').filter((segment) => segment !== '') // in the case in which they were written
  const shorter: Place[] = []
  for (let count = segmentsOf(base.path).length; count < segments.length; count++)
    shorter.push({ ...endpoint, path: `/${segments.slice(0, count).join('/')}` })
  return [...shorter, endpoint]
}

/** Finds the first place that is free, or whose first endpoint has the same settings. `inForce` is by `keyOf`. */
export function placeEndpoint(
  places: readonly Place[],
  inForce: ReadonlyMap<string, EndpointSettings>,
  asked: EndpointSettings,
): Placement {
  let conflict: Placement | undefined
  for (const place of places) {
    const key = keyOf(place)
    const joining = join(inForce.get(key), asked)
    if (joining.is === 'first') return { is: 'new', place }
    if (joining.is === 'same') return { is: 'joins', key }
    conflict = { is: 'conflicts', place, inForce: joining.inForce, differences: joining.differences }
  }
  if (!conflict) throw new TypeError('an endpoint has at least the place of its own')
  return conflict
}

/** The endpoint with the longest path that `path` is or lies below. */
export function endpointFor<E extends { readonly place: Place }>(endpoints: Iterable<E>, path: string): E | undefined {
  return longestAbove(endpoints, ({ place }) => place.path, path)
}
