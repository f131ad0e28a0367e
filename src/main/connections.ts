/** Gathers what `portico list connections` shows: connections that wait, that are being offered, and that are open. */
import type { OnItsWay } from '#activation/launch-cause.ts'
import type { ConnectionsStatus, WaitingConnection, WorkerConnection } from '#admin/connections.ts'
import { printable } from '#base/printable.ts'
import type { Service } from './service.ts'

export function connectionsOf({ manager, namespace, snapshot }: Service): ConnectionsStatus {
  const waiting: WaitingConnection[] = []
  const open: WorkerConnection[] = []
  const unknown: ConnectionsStatus['unknown'][number][] = []
  const offered = new Set(
    Array.from(manager.pools).flatMap(({ workers }) => Array.from(workers).flatMap((worker) => [...worker.offered])),
  )
  for (const { id, path, pool } of snapshot.applications.values())
    for (const connection of manager.waiting.of(pool).of(id).connections)
      waiting.push({
        ...onItsWay(connection, `application ${path}`, offered.has(connection.number)),
        awaits: manager.awaited(pool, id),
      })
  for (const { name, line, handOff } of namespace.registrations)
    for (const connection of line.connections)
      waiting.push(onItsWay(connection, name, handOff.offered.has(connection.number)))
  for (const { settings, workers } of manager.pools)
    for (const worker of workers) {
      const at = { pool: settings.name, worker: worker.id }
      const known = [...worker.connections]
      for (const { since, ...connection } of known)
        open.push({ state: 'open', ...connection, ...at, since: new Date(since).toISOString() })
      if (worker.open > known.length) unknown.push({ ...at, count: worker.open - known.length })
    }
  return { connections: [...waiting, ...open], unknown }
}

function onItsWay(
  { number, via, remote, acceptedAt }: OnItsWay,
  target: string,
  isOffered: boolean,
): WaitingConnection {
  const state = isOffered ? 'offered' : 'waiting'
  const from = `${remote.address}:${remote.port}`
  return { state, number, target, from, via: printable(via ?? ''), since: new Date(acceptedAt).toISOString() }
}
