/** What every benchmark needs: figures, a line for people and one for machines, and the end of everything it started. */
import { cpus, release } from 'node:os'

/** One thing measured against its baseline. */
export interface Comparison {
  readonly name: string
  readonly unit: 'ms' | '1/s' | 'MB' | 'MB/s'
  readonly portico: readonly number[]
  readonly baseline: readonly number[]
  /** What the baseline is. */
  readonly against: string
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
  try {
    const comparisons = await measure(cleanUp)
    if (asJson) console.log(JSON.stringify({ asks, machine: machine(), results: comparisons.map(summed) }))
    else for (const comparison of comparisons) console.log(text(comparison))
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

function summed({ name, unit, portico, baseline, against }: Comparison) {
  const ours = figures(portico)
  const theirs = figures(baseline)
  return { name, unit, portico: ours, baseline: theirs, against, ratio: ours.median / theirs.median }
}

function text(comparison: Comparison): string {
  const { name, unit, portico, baseline, against, ratio } = summed(comparison)
  const row = ({ median, p99, least, greatest }: Figures) =>
    `median ${round(median)} ${unit}, p99 ${round(p99)}, ${round(least)} to ${round(greatest)}`
  const difference = unit === 'ms' ? `, ${round(portico.median - baseline.median)} ms more` : ''
  return `  ${name}\n    Portico   ${row(portico)}\n    baseline  ${row(baseline)}  (${against})\n    ratio     ${ratio.toFixed(2)}${difference}`
}

const round = (value: number) => (value >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000)
