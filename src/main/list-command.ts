/** `portico list`: one kind of thing that a running Portico has, a block for each. */
import type { Status } from '#admin/status.ts'
import { ask } from './admin-client.ts'
import { registrationLines } from './status-text.ts'

export const listed = ['registrations'] as const

export async function listCommand(what: (typeof listed)[number], home: string, asJson: boolean): Promise<void> {
  const status = await ask<Status>(home, 'GET', '/status')
  const things = status[what]
  const lines = things.length === 0 ? [`no ${what}`] : things.flatMap(registrationLines)
  process.stdout.write(asJson ? `${JSON.stringify(things, null, 2)}\n` : `${lines.join('\n')}\n`)
}
