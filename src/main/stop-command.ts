/** `portico stop`: asks a running Portico to end, and waits until it has. */
import { closeSync, existsSync, openSync } from 'node:fs'
import { sleep, systemClock } from '#base/clock.ts'
import { isPorticoError } from '#base/errors.ts'
import { lockFile } from '#syscalls/processes.ts'
import { ask } from './admin-client.ts'
import { pathsOf } from './home.ts'

/** Milliseconds between looks whether it has ended. */
const lookEvery = 50

export async function stopCommand(home: string, now: boolean): Promise<void> {
  await ask(home, 'POST', '/stop')
  if (!now) process.stdout.write('Waiting for connections to finish; portico stop --now does not wait\n')
  if (now) await ask(home, 'POST', '/stop').catch((error) => orEnded(error))
  while (isTaken(pathsOf(home).lock)) await sleep(systemClock, lookEvery, new AbortController().signal)
  process.stdout.write(`Portico with the home ${home} has ended\n`)
}

/** It may be gone before it is asked to hurry. */
function orEnded(error: unknown): void {
  if (!isPorticoError(error, 'NOT_RUNNING') && !isPorticoError(error, 'ADMIN_FAILED')) throw error
}

/** Whether a process holds the home's lock. */
function isTaken(lock: string): boolean {
  if (!existsSync(lock)) return false
  const file = openSync(lock, 'r')
  try {
    return !lockFile(file)
  } finally {
    closeSync(file)
  }
}
