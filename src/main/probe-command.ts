/** `portico probe`: calls a net.tcp service and says whether it was cold, how long it took, and what a refusal means. */
import { probeOnce } from './probe-client.ts'
import { asConnected, askTemperature } from './probe-cold.ts'
import { type Connected, JourneyQuestion } from './probe-journey.ts'
import { type ProbeRun, toJson, toLines, toSummary } from './probe-report.ts'
import { type ProbeTarget, probeTarget } from './probe-target.ts'

export interface ProbeCommandOptions {
  readonly count: number
  readonly json: boolean
  /** Whether to ask Portico for the steps that each connection took. */
  readonly journey?: boolean
  readonly home: string
}

const usage = `Write it like net.tcp://localhost:8808/echo; without a port it is 808.`

/** Sets the exit code: 0 when every connection got a reply, 1 otherwise, 2 when the URL is none of net.tcp. */
export async function probeCommand(url: string, options: ProbeCommandOptions): Promise<void> {
  const target = probeTarget(url)
  if (!target) {
    process.stderr.write(`portico: ${JSON.stringify(url)} is no net.tcp address\n  ${usage}\n`)
    process.exitCode = 2
    return
  }
  const interrupted = new AbortController()
  // Not once: a second signal, as when a terminal and a parent both send it, must not cut off the report.
  const interrupt = () => interrupted.abort(new Error('interrupted'))
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    const print = (line: string) => void process.stdout.write(`${line}\n`)
    process.exitCode = (await probeAll(target, options, print, interrupted.signal)) ? 0 : 1
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** Makes the connections one after the other and prints each as soon as it is over; true when all got a reply. */
export async function probeAll(
  target: ProbeTarget,
  { count, json, journey: isJourneyWanted = false, home }: ProbeCommandOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const results: ProbeRun['result'][] = []
  let before: ProbeRun | undefined
  while (results.length < count && !signal.aborted) {
    const asked = await askTemperature(home, target, signal)
    using question = isJourneyWanted ? new JourneyQuestion(home, signal) : undefined
    const connected = question && { connected: (connection: Connected) => question.connected(connection) }
    const { reply: _, ...result } = await probeOnce(target, { ...connected }, signal)
    const journey = await question?.answer()
    const run: ProbeRun = { n: results.length + 1, temperature: asConnected(asked, result), result, journey }
    results.push(result)
    for (const line of json ? [toJson(run, target)] : toLines(run, target, before)) print(line)
    before = run
  }
  if (!json) for (const line of toSummary(results, count)) print(line)
  return results.filter(({ outcome }) => outcome === 'replied').length === count
}
