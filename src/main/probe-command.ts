/** `portico probe`: calls a net.tcp service and says what came back, when, and what a refusal means. */
import type { RouteStatus } from '#admin/status.ts'
import { parseVia, type Via } from '#framing/via.ts'
import { ask } from './admin-client.ts'
import { type ProbeResult, probeOnce } from './probe-client.ts'
import { encodeRequest, probeRequest } from './probe-envelope.ts'

export interface ProbeOptions {
  readonly count: number
  readonly json: boolean
  readonly home: string
}

/** Whether the application had to be started; undefined when nobody here knows. */
type Cold = boolean | undefined

/**
 * Probes, one connection after the other. With `json`, one object a line: `n`, `outcome`, `cold` (null: unknown),
 * `connectMs`, `ackMs`, `replyMs`, `replyBytes`, `fault`, `meaning`.
 */
export async function probeCommand(url: string, { count, json, home }: ProbeOptions): Promise<void> {
  const via = parseVia(url)
  if (via?.scheme !== 'net.tcp') {
    process.stderr.write(
      `portico probe: ${url} is no net.tcp address; one looks like net.tcp://localhost:8808/echo (portico probe --help)\n`,
    )
    process.exitCode = 2
    return
  }
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  const results: ProbeResult[] = []
  for (let n = 1; n <= count && !interrupted.signal.aborted; n++) {
    const cold = await isCold(via, home)
    const result = await probeOnce(via, encodeRequest(probeRequest(via.canonical)), interrupted.signal).catch(
      () => undefined,
    )
    if (!result) break
    results.push(result)
    process.stdout.write(
      json ? `${JSON.stringify({ n, cold: cold ?? null, ...result })}\n` : `${line(n, cold, result)}\n`,
    )
  }
  if (!json && results.length > 1) process.stdout.write(summary(results))
  if (results.length < count || results.some(({ outcome }) => outcome !== 'replied')) process.exitCode = 1
}

/** Portico knows, when it is ours to ask and it listens on that port. */
async function isCold(via: Via, home: string): Promise<Cold> {
  try {
    const route = await ask<RouteStatus>(home, 'GET', `/route?via=${encodeURIComponent(via.canonical)}`)
    return route.application === undefined ? undefined : !route.active
  } catch {
    return undefined
  }
}

function line(n: number, cold: Cold, { outcome, ackMs, replyMs, replyBytes, fault, meaning }: ProbeResult): string {
  const state = cold === undefined ? '' : cold ? ' cold,' : ' warm,'
  const ack = ackMs === undefined ? '' : ` acknowledged after ${ackMs} ms,`
  if (outcome === 'replied') {
    const unknown = cold === undefined ? ' (no portico serve of this home to ask whether it was cold)' : ''
    return `${n}:${state}${ack} reply of ${replyBytes} bytes ${replyMs} ms later${unknown}`
  }
  const where = fault !== undefined && cold !== undefined ? '; portico status shows the cause' : ''
  return `${n}:${state}${ack} ${fault ? `refused with ${fault}` : outcome}: ${meaning}${where}`
}

function summary(results: readonly ProbeResult[]): string {
  const replied = results.filter(({ outcome }) => outcome === 'replied')
  const spread = (of: (result: ProbeResult) => number | undefined) => {
    const sorted = replied.map((result) => of(result) ?? 0).sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
    return `median ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${sorted.at(-1)} ms`
  }
  const lines = [`${replied.length} of ${results.length} replied`]
  if (replied.length > 0)
    lines.push(`acknowledgement: ${spread((result) => result.ackMs)}`, `reply: ${spread((result) => result.replyMs)}`)
  return `${lines.join('\n')}\n`
}
