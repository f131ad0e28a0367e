/** One process that was launched or found, and where PM2 lists it. */
import type { LaunchedProcess } from '#activation/launcher.ts'
import type { Assignment } from './assigned.ts'
import type { Pm2Connection } from './pm2-client.ts'
import { type ProcessIdentity, startOf } from './processes.ts'
import { launcherVariable, workerVariable } from './start-record.ts'

/** Where PM2 lists a process. */
export interface Place {
  readonly connection: Pm2Connection
  /** PM2's number of the entry; it uses numbers again. */
  readonly id: number
}

export interface Entry {
  /** The id that it was launched with, under which PM2 lists it: it may have become another one's process since. */
  readonly name: string
  process: LaunchedProcess
  readonly identity: ProcessIdentity
  /** Undefined for an orphan: the daemon that started it is gone, and no other lists it. */
  place: Place | undefined
  /** Whether it was found, not launched. */
  readonly survivor: boolean
  /** False for one whose launch was given up: nobody waits for news of it. */
  readonly told: boolean
  /** Whether it was left to itself: it runs, and is nobody's any more. */
  released: boolean
  readonly ended: PromiseWithResolvers<true>
  /** Set once it has ended; resolves when PM2's list is rid of it. */
  forgotten?: Promise<void>
}

/** Whom the news of an entry is for: who launched it, who asks for survivors, or nobody. */
export type For = 'launch' | 'survivors' | 'nobody'

/** `assignment` is what it became after its launch, if it did. */
export function newEntry(
  name: string,
  identity: ProcessIdentity,
  environment: Readonly<Record<string, string>>,
  place: Place | undefined,
  whom: For,
  assignment?: Assignment,
): Entry {
  const { [launcherVariable]: _home, [workerVariable]: _worker, ...given } = environment
  const { worker, env } = assignment ?? { worker: name, env: given }
  return {
    name,
    process: { worker, pid: identity.pid, startedAt: startOf(identity), env },
    identity,
    place,
    survivor: whom === 'survivors',
    told: whom !== 'nobody',
    released: false,
    ended: Promise.withResolvers(),
  }
}

const count = (n: number) => (n === 1 ? '1 process' : `${n} processes`)

/** One line about PM2 and the processes; undefined when there is neither. */
export function describeEntries(manager: string | undefined, entries: Iterable<Entry>): string | undefined {
  const running = [...entries].filter((entry) => !entry.forgotten && !entry.released)
  const orphans = running.filter((entry) => !entry.place).length
  if (!manager) return orphans ? `PM2 doesn't run; ${count(orphans)} of an earlier daemon` : undefined
  const others = orphans ? `, and ${orphans} of an earlier daemon` : ''
  return `${manager}, ${count(running.length - orphans)}${others}`
}
