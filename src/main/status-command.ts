/** `portico status`: what a running Portico says of itself. */
import type { Status } from '#admin/status.ts'
import { ask } from './admin-client.ts'
import { statusText } from './status-text.ts'

export async function statusCommand(home: string, asJson: boolean): Promise<void> {
  const status = await ask<Status>(home, 'GET', '/status')
  process.stdout.write(asJson ? `${JSON.stringify(status, null, 2)}\n` : statusText(status))
}
