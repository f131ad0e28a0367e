/** What every benchmark needs: figures, lines for people and an object for machines, and the end of everything it started. */
import { cpus, release } from 'node:os'

export type Unit = 'ms' | 's' | '1/s' | 'MB' | 'MB/s' | 'µs'

/** One thing measured against its baseline, and against what people would use instead. */
export interface Comparison {
  readonly name: string
  readonly unit: Unit
  readonly portico: readonly number[]
  readonly baseline: readonly number[]
  /** What the baseline is. */
  readonly against: string
  /** Others that were measured in the same turns, by their names. */
  readonly peers?: Readonly<Record<string, readonly number[]>>
  /** What a ratio of nothing to nothing can't say. */
  readonly note?: string
}

export interface Figures {
  readonly median: number
  readonly p99: number
  readonly least: number
  readonly greatest: number
}

export function figures(values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { median: at(0.5), p99: at(0.99), least: at(0), greatest: at(1) }
}

/**
 * Measures each subject once a round, in an order that turns, so that what disturbs the machine for a while disturbs all. The
 * first rounds don't count: caches fill and code is compiled.
 */
export async function inTurns<K extends string, T>(
  rounds: number,
  subjects: Readonly<Record<K, () => Promise<T>>>,
  warmUps = 1,
): Promise<Record<K, T[]>> {
  const named = Object.entries(subjects) as [K, () => Promise<T>][]
  const results = Object.fromEntries(named.map(([name]) => [name, []])) as unknown as Record<K, T[]>
  for (let n = -warmUps; n < rounds; n++) {
    const from = Math.abs(n) % named.length
    for (const [name, measure] of [...named.slice(from), ...named.slice(0, from)]) {
      const measured = await measure()
      if (n >= 0) results[name].push(measured)
    }
  }
  return results
}

/** Asks the question, measures, and prints; `--json` prints one object. Ends the process with 1 when it fails. */
export async function question(
  asks: string,
  measure: (cleanUp: AsyncDisposableStack) => Promise<readonly Comparison[]>,
): Promise<void> {
  const asJson = process.argv.includes('--json')
  const cleanUp = new AsyncDisposableStack()
  const interrupted = () => void cleanUp.disposeAsync().finally(() => process.exit(1))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  if (!asJson) console.log(`${asks}\n  ${machine()}`)
  const begin = performance.now()
  try {
    const results = (await measure(cleanUp)).map(summed)
    const seconds = Math.round((performance.now() - begin) / 1000)
    if (asJson) console.log(JSON.stringify({ asks, machine: machine(), seconds, results }))
    else for (const result of results) console.log(text(result))
    if (!asJson) console.log(`  took ${seconds} s\n`)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  } finally {
    await cleanUp.disposeAsync()
  }
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`
}

function summed({ portico, baseline, peers = {}, ...about }: Comparison) {
  const ours = figures(portico)
  const ratioTo = (others: Figures) => ours.median / others.median
  const theirs = figures(baseline)
  const others = Object.entries(peers).map(([name, values]) => {
    const measured = figures(values)
    return { name, ...measured, ratio: ratioTo(measured) }
  })
  return { ...about, portico: ours, baseline: theirs, ratio: ratioTo(theirs), peers: others }
}

function text({ name, unit, against, portico, baseline, ratio, peers, note }: ReturnType<typeof summed>): string {
  const row = (who: string, { median, p99, least, greatest }: Figures) =>
    `    ${who.padEnd(9)} median ${round(median)} ${unit}, p99 ${round(p99)}, ${round(least)} to ${round(greatest)}`
  const difference = unit === 'ms' ? `, ${round(portico.median - baseline.median)} ms more` : ''
  return [
    `  ${name}`,
    row('Portico', portico),
    `${row('baseline', baseline)}  (${against})`,
    ...peers.map((peer) => row(peer.name, peer)),
    `    ratio     ${[`${ratio.toFixed(2)}${difference}`, ...peers.map((peer) => `to ${peer.name} ${peer.ratio.toFixed(2)}`)].join(', ')}`,
    ...(note === undefined ? [] : [`    ${note}`]),
  ].join('\n')
}

const round = (value: number) => (value >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000)
