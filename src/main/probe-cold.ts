/** Whether an application is inactive before a probe connects: asked of the Portico of this machine, never guessed. */
import type { RouteStatus } from '#admin/status.ts'
import { sentenceOf } from '#base/errors.ts'
import { ask } from './admin-client.ts'
import type { ProbeResult } from './probe-result.ts'
import type { ProbeTarget } from './probe-target.ts'

export type Temperature = { readonly is: 'cold' | 'warm' } | { readonly is: 'unknown'; readonly why: string }

/** Milliseconds for the answer; it only needs a look into a table. */
const answerLimit = 3000

/** Whether the connection that follows will start something, as far as the Portico with this home knows. */
export async function askTemperature(home: string, { via }: ProbeTarget, signal: AbortSignal): Promise<Temperature> {
  try {
    const either = AbortSignal.any([signal, AbortSignal.timeout(answerLimit)])
    const path = `/route?via=${encodeURIComponent(via)}`
    const { application, active } = await ask<Partial<RouteStatus>>(home, 'GET', path, either)
    if (active === true) return { is: 'warm' }
    if (application === undefined) return { is: 'unknown', why: 'no application of this Portico has the address' }
    return active === false ? { is: 'cold' } : { is: 'unknown', why: 'portico serve gave no answer that says it' }
  } catch (error) {
    return { is: 'unknown', why: sentenceOf(error) }
  }
}

/** The same once it is known where the connection went: what this machine's Portico says holds for this machine only. */
export function asConnected(asked: Temperature, { isHere }: ProbeResult): Temperature {
  if (isHere === undefined) return { is: 'unknown', why: 'there was no connection' }
  return isHere ? asked : { is: 'unknown', why: 'the server is another host' }
}
