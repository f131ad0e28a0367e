/** Why a via is answered by what answers it: everything that is registered above it, and why each counts or does not. */
import { isAbove, segmentsOf } from '#framing/path-segments.ts'
import type { Via } from '#framing/via.ts'
import { type LocalEndpoint, type PrefixEntry, type PrefixTable, uriOf } from './prefix-table.ts'

export interface Candidate<T> {
  readonly entry: PrefixEntry<T>
  readonly uri: string
  /** Whether it is the one that answers. */
  readonly answers: boolean
  /** Why it answers or does not, as the end of a sentence. */
  readonly why: string
}

/** The entries whose paths are above that of `via`, the one that answers first. */
export function candidates<T>(
  table: PrefixTable<T>,
  entries: Iterable<PrefixEntry<T>>,
  via: Via,
  local: LocalEndpoint,
): Candidate<T>[] {
  const answering = table.answer(via, local)
  const below = segmentsOf(via.path)
  const above = Array.from(entries).filter((entry) => isAbove(segmentsOf(entry.path), below))
  return above
    .map((entry) => ({
      entry,
      uri: uriOf(entry),
      answers: entry === answering,
      why: reason(table, entry, answering, via, local),
    }))
    .toSorted((a, b) => Number(b.answers) - Number(a.answers) || b.entry.path.length - a.entry.path.length)
}

function reason<T>(
  table: PrefixTable<T>,
  entry: PrefixEntry<T>,
  answering: PrefixEntry<T> | undefined,
  via: Via,
  local: LocalEndpoint,
): string {
  const { mode, host } = entry
  if (entry === answering) return `it is the longest address in the first mode that has one (${mode})`
  const port = mode === 'Exact' ? via.port : local.port
  if (entry.port !== port) return `it is for port ${entry.port}`
  if (mode === 'Exact' && host.toLowerCase() !== via.host)
    return `its host is ${host}, and the one asked for is ${via.host}: names are compared as text`
  const inMode = table.lookupIn(mode, via, local)
  if (inMode?.entry !== entry)
    return inMode ? `${uriOf(inMode.entry)} is longer, in the same mode` : 'another has its address'
  if (!inMode.isHere) return `it is for connections that arrive at ${host}, and this one arrives at ${local.address}`
  return answering ? `its mode ${mode} is asked after ${answering.mode}, whatever the lengths` : 'it does not count'
}
