/** What `portico list` prints for people: a line or a block for each thing. */
import { awaitedInWords } from '#activation/awaited.ts'
import type { ConnectionsStatus, WaitingConnection } from '#admin/connections.ts'
import type { PoolStatus, WorkerStatus } from '#admin/status.ts'
import { humanDuration } from '#base/duration.ts'
import type { ProcessMemory } from './process-memory.ts'

/** A worker process as `portico list workers` shows it. */
export interface ListedWorker extends WorkerStatus {
  readonly pool: string
  readonly memory: ProcessMemory
}

export function listedWorkers(
  pools: readonly PoolStatus[],
  memoryOf: (pid: number | undefined) => ProcessMemory,
): ListedWorker[] {
  return pools.flatMap(({ name, workers }) =>
    workers.map((worker) => {
      return { pool: name, ...worker, memory: memoryOf(worker.pid) }
    }),
  )
}

export function workerLines({ id, pid, pool, state, why, age, memory, ...counts }: ListedWorker): string[] {
  const { openConnections, servedConnections, applications } = counts
  const names = applications.map((application) => `${application.id} ${application.state}`)
  return [
    `${id}  pid ${pid ?? '?'}, pool ${pool}, ${state}${why ? ` (${why})` : ''}, age ${humanDuration(age)}`,
    `  connections ${openConnections} open, ${servedConnections} served; memory ${size(memory.resident)} resident, ${size(memory.private)} private`,
    `  applications ${names.join(', ') || 'none yet'}`,
  ]
}

const size = (bytes: number | undefined) => (bytes === undefined ? '?' : `${(bytes / 1024 / 1024).toFixed(1)} MiB`)

function awaitsText({ state, awaits }: WaitingConnection): string {
  return awaits === undefined || state === 'offered' ? '' : `, for ${awaitedInWords[awaits]}`
}

export function connectionLines({ connections, unknown }: ConnectionsStatus): string[] {
  return [
    ...connections.map((one) => {
      const where =
        one.state === 'open'
          ? `open in ${one.worker} of pool ${one.pool}, application ${one.application}`
          : `${one.state === 'offered' ? 'being offered' : 'waiting'} for ${one.target}${awaitsText(one)}`
      return `${one.number}  ${where}, from ${one.from}, via ${one.via}, since ${one.since}`
    }),
    ...unknown.map(
      ({ pool, worker, count }) =>
        `${count} more open in ${worker} of pool ${pool}: from before this portico serve, which knows no more of them than their number`,
    ),
  ]
}
