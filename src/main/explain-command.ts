/** `portico explain`: what would answer a URL, and why nothing else would. */
import type { Explanation } from '#admin/explanation.ts'
import { ask } from './admin-client.ts'
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
  process.stdout.write(json ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation))
  if (explanation.refusal) process.exitCode = 1
}
