/** Finds what is registered for a via: a table of URI prefixes in three host name comparison modes. */
import { type HostNameComparisonMode, hostNameComparisonModes } from '#binding/host-mode.ts'
import { segmentsOf } from '#framing/path-segments.ts'
import type { Via } from '#framing/via.ts'
import { addressRestriction, normalizedAddress } from './local-address.ts'

/** A URI in one of the modes. */
export interface Place {
  /** `net.tcp` unless said otherwise. */
  readonly scheme?: string
  readonly mode: HostNameComparisonMode
  /** As in the canonical URI. In the wildcard modes an address still restricts the sockets for which the entry counts. */
  readonly host: string
  readonly port: number
  /** Escaped and canonical. */
  readonly path: string
}

/** A URI and what is registered under it. */
export interface PrefixEntry<T> extends Place {
  readonly target: T
}

/** Two entries for the same URI in the same mode; the earlier one is in the table. */
export interface PrefixConflict<T> {
  readonly uri: string
  readonly entry: PrefixEntry<T>
  readonly existing: PrefixEntry<T>
}

/** Where a connection arrived: the local address and port of its socket. */
export interface LocalEndpoint {
  readonly address: string
  readonly port: number
}

export interface PrefixTable<T> {
  readonly size: number
  /** What the table was made of and doesn't have, because something earlier has its place. */
  readonly conflicts: readonly PrefixConflict<T>[]
  /** What is registered under the longest prefix of `via` in the first mode that has one for this socket. */
  lookup(via: Via, local: LocalEndpoint): T | undefined
  /** The same with its place. */
  answer(via: Via, local: LocalEndpoint): PrefixEntry<T> | undefined
  /** The same for one mode alone. */
  lookupIn(mode: HostNameComparisonMode, via: Via, local: LocalEndpoint): Found<T> | undefined
  /** The entry in exactly this place. */
  at(place: Place): PrefixEntry<T> | undefined
  /** Adds one entry at the cost of its own path; returns the one that has its place instead, if there is one. */
  add(entry: PrefixEntry<T>): PrefixEntry<T> | undefined
  /** Removes exactly this entry. */
  remove(entry: PrefixEntry<T>): void
}

/** What one mode has under the longest prefix. */
export interface Found<T> {
  readonly entry: PrefixEntry<T>
  /** Whether it counts for the socket's local address; if not, nothing else in its mode takes its place. */
  readonly isHere: boolean
}

interface Node<T> {
  registered: Registered<T> | undefined
  children: Ways<T> | undefined
}

/** The ways on from a node, by their first segments. */
type Ways<T> = Map<string, Way<T>>

/**
 * Segments that lead to a node, with nothing on the way: a path of a thousand segments costs as much as its text, and anybody
 * who may register has a thousand such paths.
 */
interface Way<T> {
  /** Those after the first. */
  readonly more: readonly string[]
  readonly node: Node<T>
}

interface Registered<T> {
  readonly entry: PrefixEntry<T>
  /** The local address that a socket must have; undefined for any. */
  readonly onlyAt: string | undefined
}

/** The roots of the paths, by scheme, host segment and port. */
type Roots<T> = Ways<T>

const hostSegments = { StrongWildcard: '+', WeakWildcard: '*' } as const

/** Builds the table. Of conflicting entries the first counts; the others are reported. */
export function prefixTable<T>(entries: Iterable<PrefixEntry<T>>): PrefixTable<T> {
  const roots: Roots<T> = new Map()
  let size = 0
  const add = (entry: PrefixEntry<T>) => {
    const node = nodeOf(roots, entry)
    if (node.registered) return node.registered.entry
    node.registered = { entry, onlyAt: addressRestriction(entry.host) }
    size += 1
    return undefined
  }
  const remove = (entry: PrefixEntry<T>) => {
    if (removeFrom(roots, entry)) size -= 1
  }
  const conflicts: PrefixConflict<T>[] = []
  for (const entry of entries) {
    const existing = add(entry)
    if (existing) conflicts.push({ uri: uriOf(entry), entry, existing })
  }
  return {
    get size() {
      return size
    },
    conflicts,
    at: (place) => wayTo(roots, place)?.at(-1)?.node.registered?.entry,
    add,
    remove,
    lookupIn: (mode, via, local) => lookupIn(roots, mode, via, local),
    answer: (via, local) => answer(roots, via, local),
    lookup: (via, local) => answer(roots, via, local)?.target,
  }
}

function answer<T>(roots: Roots<T>, via: Via, local: LocalEndpoint): PrefixEntry<T> | undefined {
  for (const mode of hostNameComparisonModes) {
    const found = lookupIn(roots, mode, via, local)
    if (found?.isHere) return found.entry
  }
  return undefined
}

function lookupIn<T>(
  roots: Roots<T>,
  mode: HostNameComparisonMode,
  via: Via,
  local: LocalEndpoint,
): Found<T> | undefined {
  const [host, port, path] =
    mode === 'Exact' ? [via.host, via.port, via.path] : [hostSegments[mode], local.port, wildPath(via)]
  const registered = longestPrefix(roots.get(rootKey(via.scheme, host, port))?.node, path)
  if (!registered) return undefined
  const { entry, onlyAt } = registered
  return { entry, isHere: onlyAt === undefined || onlyAt === normalizedAddress(local.address) }
}

/** A query is no part of a registered URI: for wildcards it belongs to the last segment, for Exact it is not there. */
function wildPath(via: Via): string {
  return via.query === '' ? via.path : `${via.path}%3F${via.query.slice(1)}`
}

/** The node of the place, made if need be. */
function nodeOf<T>(roots: Roots<T>, entry: PrefixEntry<T>): Node<T> {
  const key = rootKey(entry.scheme ?? 'net.tcp', hostSegmentOf(entry), entry.port)
  let node = roots.get(key)?.node
  if (!node) {
    node = emptyNode()
    roots.set(key, { more: [], node })
  }
  const segments = segmentsOf(entry.path)
  for (let at = 0; at < segments.length; ) {
    const first = segments[at] ?? ''
    node.children ??= new Map()
    const way: Way<T> = node.children.get(first) ?? { more: segments.slice(at + 1), node: emptyNode() }
    const shared = sharedLength(way.more, segments, at + 1)
    const taken = shared < way.more.length ? split(way, shared) : way
    node.children.set(first, taken)
    node = taken.node
    at += 1 + shared
  }
  return node
}

const emptyNode = <T>(): Node<T> => ({ registered: undefined, children: undefined })

/** The way up to a new node after so many of its segments, from which the rest goes on. */
function split<T>({ more, node }: Way<T>, length: number): Way<T> {
  const rest: Way<T> = { more: more.slice(length + 1), node }
  const children: Ways<T> = new Map([[more[length] ?? '', rest]])
  return { more: more.slice(0, length), node: { registered: undefined, children } }
}

/** How many of `more` are the segments from `from` on. */
function sharedLength(more: readonly string[], segments: readonly string[], from: number): number {
  let shared = 0
  while (shared < more.length && more[shared] === segments[from + shared]) shared += 1
  return shared
}

interface Step<T> {
  readonly parent: Ways<T>
  readonly segment: string
  readonly node: Node<T>
}

/** The nodes that lead to exactly this place; undefined when nothing does. */
function wayTo<T>(roots: Roots<T>, place: Place): Step<T>[] | undefined {
  const segments = [rootKey(place.scheme ?? 'net.tcp', hostSegmentOf(place), place.port), ...segmentsOf(place.path)]
  const steps: Step<T>[] = []
  let parent: Ways<T> | undefined = roots
  for (let at = 0; at < segments.length; ) {
    const segment = segments[at] ?? ''
    const way: Way<T> | undefined = parent?.get(segment)
    if (!parent || !way || sharedLength(way.more, segments, at + 1) < way.more.length) return undefined
    steps.push({ parent, segment, node: way.node })
    parent = way.node.children
    at += 1 + way.more.length
  }
  return steps
}

/** Takes the entry out, and the nodes that lead to nothing else; false when it isn't in. */
function removeFrom<T>(roots: Roots<T>, entry: PrefixEntry<T>): boolean {
  const way = wayTo(roots, entry) ?? []
  const last = way.at(-1)?.node
  if (last?.registered?.entry !== entry) return false
  last.registered = undefined
  for (const { parent, segment, node } of way.reverse()) {
    if (node.registered || (node.children && node.children.size > 0)) break
    parent.delete(segment)
  }
  return true
}

function longestPrefix<T>(root: Node<T> | undefined, path: string): Registered<T> | undefined {
  let node = root
  let longest = node?.registered
  if (!node?.children) return longest
  const segments = segmentsOf(path)
  for (let at = 0; at < segments.length; ) {
    const way: Way<T> | undefined = node.children?.get(segments[at] ?? '')
    if (!way || sharedLength(way.more, segments, at + 1) < way.more.length) return longest
    node = way.node
    longest = node.registered ?? longest
    at += 1 + way.more.length
  }
  return longest
}

function hostSegmentOf(entry: Place): string {
  return entry.mode === 'Exact' ? entry.host : hostSegments[entry.mode]
}

function rootKey(scheme: string, host: string, port: number): string {
  return `${scheme}://${host}:${port}`.toLowerCase()
}

/** As a registration is shown, with its wildcard as host. */
export function uriOf(entry: Place): string {
  return `${entry.scheme ?? 'net.tcp'}://${hostSegmentOf(entry)}:${entry.port}${entry.path}`
}
