/** Processors by their numbers: lists as the kernel writes them, and the masks of the configuration. */
import { readFileSync } from 'node:fs'

/** Reads `0-3,8`. */
export function parseProcessors(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? []
      if (first === undefined || last === undefined) return []
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at)
    })
}

/** Writes `0-3, 8`, for people. */
export function processorsText(processors: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const each of [...processors].sort((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range && each === range[1] + 1) range[1] = each
    else ranges.push([each, each])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ')
}

/** The processors that this process may use. Source: proc(5), status. */
export function ownProcessors(): number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return parseProcessors(list)
}

/** The two masks of a pool. */
export interface AffinityMasks {
  /** Processors 0 to 31, a bit each. */
  readonly smpProcessorAffinityMask: number
  /** Processors 32 to 63. */
  readonly smpProcessorAffinityMask2: number
}

const all = 0xffff_ffff

/** Those of `present` that the masks name. Nobody can name those beyond 63: masks that leave out nothing mean them too. */
export function maskedProcessors(masks: AffinityMasks, present: readonly number[]): number[] {
  const { smpProcessorAffinityMask: low, smpProcessorAffinityMask2: high } = masks
  if (low === all && high === all) return [...present]
  return present.filter((each) => each < 64 && ((each < 32 ? low : high) >>> (each & 31)) & 1)
}
