/** `portico pool`: starts, stops or recycles an application pool of a running Portico. */
import type { PoolAction, PoolAnswer } from '#admin/admin-server.ts'
import { ask } from './admin-client.ts'

export const poolActions = ['start', 'stop', 'recycle'] as const satisfies readonly PoolAction[]

/** Exit code 1 when it failed. */
export async function poolCommand(action: PoolAction, name: string, home: string): Promise<void> {
  const query = new URLSearchParams({ name })
  const { done, says, remedy } = await ask<PoolAnswer>(home, 'POST', `/pool/${action}?${query}`)
  if (done) process.stdout.write(`${says}\n`)
  else {
    process.stderr.write(`portico: ${says}\n${remedy ? `  ${remedy}\n` : ''}`)
    process.exitCode = 1
  }
}
