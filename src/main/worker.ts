/** A worker process that has taken its account: finds its sharing channel and lets the worker host do the rest. */
import { join } from 'node:path'
import { WorkerHost } from '#worker-host/host.ts'
import { startSteps } from './start-steps.js'

/** Milliseconds to finish when somebody other than Portico asks this process to end. */
const limitOfSignals = 5_000

// The log may end before this process does: that is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

export function hostApplications(): void {
  const {
    PORTICO_SHARING_SOCKET: sharingSocket,
    PORTICO_TOKEN: token,
    PORTICO_POOL: pool,
    PORTICO_FOLDER: folder,
  } = process.env
  if (sharingSocket === undefined || token === undefined || folder === undefined)
    throw new Error('worker-entry.js has to come first')
  process.title = `portico worker ${pool}`
  // The applications have no use for these, and the token is nobody else's business. By PORTICO_WORKER what they leave
  // running is found at the end.
  for (const name of Object.keys(process.env))
    if ((name.startsWith('PORTICO_') && name !== 'PORTICO_WORKER') || name.startsWith('PM2_')) delete process.env[name]

  const host = new WorkerHost({
    sharingSocket,
    token,
    cache: join(folder, 'cache'),
    startSteps,
    exit: (code) => process.exit(code),
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => host.retire(limitOfSignals))
}
