/** Finds what is registered for a via: an immutable table of URI prefixes in three host name comparison modes. */
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import type { Via } from '#framing/via.ts'
import { addressRestriction, normalizedAddress } from './local-address.ts'

/** A URI and what is registered under it. */
export interface PrefixEntry<T> {
  /** `net.tcp` unless said otherwise. */
  readonly scheme?: string
  readonly mode: HostNameComparisonMode
  /** As in the canonical URI. In the wildcard modes an address still restricts the sockets for which the entry counts. */
  readonly host: string
  readonly port: number
  /** Escaped and canonical. */
  readonly path: string
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
  readonly conflicts: readonly PrefixConflict<T>[]
  /** What is registered under the longest prefix of `via` in the first mode that has one for this socket. */
  lookup(via: Via, local: LocalEndpoint): T | undefined
}

interface Node<T> {
  registered: Registered<T> | undefined
  children: Map<string, Node<T>> | undefined
}

interface Registered<T> {
  readonly entry: PrefixEntry<T>
  /** The local address that a socket must have; undefined for any. */
  readonly onlyAt: string | undefined
}

/** The roots of the paths, by scheme, host segment and port. */
type Roots<T> = Map<string, Node<T>>

const hostSegments = { StrongWildcard: '+', WeakWildcard: '*' } as const

/** Builds the table. Of conflicting entries the first counts; the others are reported. */
export function prefixTable<T>(entries: Iterable<PrefixEntry<T>>): PrefixTable<T> {
  const roots: Roots<T> = new Map()
  const conflicts: PrefixConflict<T>[] = []
  let size = 0
  for (const entry of entries) {
    const node = nodeOf(roots, entry)
    if (node.registered) {
      conflicts.push({ uri: uriOf(entry), entry, existing: node.registered.entry })
    } else {
      node.registered = { entry, onlyAt: addressRestriction(entry.host) }
      size += 1
    }
  }
  return { size, conflicts, lookup: (via, local) => lookup(roots, via, local) }
}

function lookup<T>(roots: Roots<T>, via: Via, local: LocalEndpoint): T | undefined {
  // A query is no part of a registered URI: for wildcards it belongs to the last segment, for Exact it is not there.
  const wildPath = via.query === '' ? via.path : `${via.path}%3F${via.query.slice(1)}`
  const found = (host: string, port: number, path: string) => {
    const registered = longestPrefix(roots.get(rootKey(via.scheme, host, port)), path)
    // An entry for another address is dropped with its mode; a shorter prefix of the mode does not take its place.
    const isHere = registered?.onlyAt === undefined || registered.onlyAt === normalizedAddress(local.address)
    return isHere ? registered?.entry : undefined
  }
  const entry =
    found(hostSegments.StrongWildcard, local.port, wildPath) ??
    found(via.host, via.port, via.path) ??
    found(hostSegments.WeakWildcard, local.port, wildPath)
  return entry?.target
}

function nodeOf<T>(roots: Roots<T>, entry: PrefixEntry<T>): Node<T> {
  const key = rootKey(entry.scheme ?? 'net.tcp', hostSegmentOf(entry), entry.port)
  let node = roots.get(key)
  if (!node) {
    node = { registered: undefined, children: undefined }
    roots.set(key, node)
  }
  for (const segment of segmentsOf(entry.path)) {
    node.children ??= new Map()
    let child = node.children.get(segment)
    if (!child) {
      child = { registered: undefined, children: undefined }
      node.children.set(segment, child)
    }
    node = child
  }
  return node
}

function longestPrefix<T>(root: Node<T> | undefined, path: string): Registered<T> | undefined {
  let node = root
  let longest = node?.registered
  if (!node?.children) return longest
  for (const segment of segmentsOf(path)) {
    node = node.children?.get(segment)
    if (!node) return longest
    longest = node.registered ?? longest
  }
  return longest
}

/** Empty segments count for nothing: `/a//b/` is `/a/b`. */
function segmentsOf(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
}

function hostSegmentOf(entry: PrefixEntry<unknown>): string {
  return entry.mode === 'Exact' ? entry.host : hostSegments[entry.mode]
}

function rootKey(scheme: string, host: string, port: number): string {
  return `${scheme}://${host}:${port}`.toLowerCase()
}

function uriOf(entry: PrefixEntry<unknown>): string {
  return `${entry.scheme ?? 'net.tcp'}://${hostSegmentOf(entry)}:${entry.port}${entry.path}`
}
