/** `portico list`: one kind of thing that a running Portico has, a line or a block for each. */
import type { ConnectionsStatus } from '#admin/connections.ts'
import type { Status } from '#admin/status.ts'
import { ask } from './admin-client.ts'
import { connectionLines, listedWorkers, workerLines } from './list-text.ts'
import { memoryOf } from './process-memory.ts'
import { applicationLines, poolLines, registrationLines } from './status-text.ts'

export const listed = ['pools', 'workers', 'applications', 'connections', 'registrations'] as const

export async function listCommand(what: (typeof listed)[number], home: string, asJson: boolean): Promise<void> {
  const { things, lines } = what === 'connections' ? await connections(home) : await ofStatus(what, home)
  const text = lines.length === 0 ? `no ${what}` : lines.join('\n')
  process.stdout.write(asJson ? `${JSON.stringify(things, null, 2)}\n` : `${text}\n`)
}

async function connections(home: string) {
  const things = await ask<ConnectionsStatus>(home, 'GET', '/connections')
  return { things, lines: connectionLines(things) }
}

async function ofStatus(what: Exclude<(typeof listed)[number], 'connections'>, home: string) {
  const status = await ask<Status>(home, 'GET', '/status')
  switch (what) {
    case 'pools':
      return { things: status.pools, lines: status.pools.flatMap(poolLines) }
    case 'workers': {
      const things = listedWorkers(status.pools, memoryOf)
      return { things, lines: things.flatMap(workerLines) }
    }
    case 'applications':
      return { things: status.applications, lines: status.applications.flatMap(applicationLines) }
    case 'registrations':
      return { things: status.registrations, lines: status.registrations.flatMap(registrationLines) }
    default:
      return what satisfies never
  }
}
