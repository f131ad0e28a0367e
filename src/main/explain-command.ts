/** `portico explain`: what would answer a URL, and why nothing else would. */
import type { Explanation } from '#admin/explanation.ts'
import { ask } from './admin-client.ts'
import { explainService } from './explain-service.ts'
import { explanationText } from './explain-text.ts'

interface ExplainOptions {
  readonly home: string
  readonly json: boolean
  /** The local address at which the connection would arrive; empty: the one that the URL names, or the loopback. */
  readonly address: string
}

/** Exit code 1 when nothing would answer. */
export async function explainCommand(url: string, { home, json, address }: ExplainOptions): Promise<void> {
  const query = new URLSearchParams({ url, address })
  const explanation = await ask<Explanation>(home, 'GET', `/explain?${query}`)
  const { answer, refusal } = explanation
  const service = answer?.is === 'application' ? await explainService(url, answer) : undefined
  const text = json
    ? JSON.stringify({ ...explanation, service }, null, 2)
    : explanationText(explanation, service?.lines)
  process.stdout.write(`${text}\n`)
  if (refusal || service?.answers === false) process.exitCode = 1
}
