/** Gathers what `portico status` shows from the running parts. */
import { userInfo } from 'node:os'
import type { ApplicationPool } from '#activation/application-pool.ts'
import type { PoolQueue } from '#activation/pool-queue.ts'
import type { WaitingLine } from '#activation/waiting.ts'
import type { WorkerProcess } from '#activation/worker-process.ts'
import type {
  ApplicationStatus,
  Overview,
  PoolStatus,
  RegistrationStatus,
  RouteStatus,
  Status,
  WaitingStatus,
  WorkerStatus,
} from '#admin/status.ts'
import type { PorticoError } from '#base/errors.ts'
import { settingsToJson } from '#binding/settings.ts'
import { parseVia } from '#framing/via.ts'
import type { Application } from '#registry/application.ts'
import { urlsOf } from '#registry/routes.ts'
import type { Service } from './service.ts'
import type { RegistrationTarget } from './targets.ts'

export function statusOf(service: Service): Status {
  const applications = service.snapshot.applications.values()
  return {
    ...overviewOf(service),
    applications: Array.from(applications, (application) => applicationStatus(service, application)),
  }
}

/** All of it but the applications, of which there may be 10,000. */
export function overviewOf(service: Service): Overview {
  const { options, snapshot, manager, launcher, ports } = service
  const { refused } = service.registry
  return {
    version: options.version,
    pid: process.pid,
    startedAt: iso(service.startedAt),
    home: options.home.home,
    user: userInfo().username,
    log: options.home.log,
    stopping: service.isStopping,
    configuration: {
      folder: options.config,
      ...(refused && { problem: refused.text, problemSince: iso(refused.since) }),
    },
    problems: [...snapshot.problems, ...service.namespace.problems],
    notInForce: snapshot.configuration.notices.map((notice) => notice.text),
    processManager: launcher.describe(),
    standby: standbyStatus(service),
    ports: Array.from(ports, ({ address, port, beingRead, counters }) => ({
      address,
      port,
      beingRead,
      counters: { ...counters },
    })),
    pools: Array.from(manager.pools, (pool) => poolStatus(service, pool)),
    registrations: service.namespace.registrations.map(registrationStatus),
    sharing: { startMode: snapshot.configuration.portico.sharingStartMode, refused: service.sharing.refused },
    refusedWaiting: manager.waiting.refused,
    starts: { underWay: manager.starts.underWay, limit: manager.starts.limit, waiting: manager.starts.waiting },
    demandStarts: manager.demandStarts,
    idleShare: manager.idleShare,
  }
}

/** What would answer `via`, without starting anything. */
export function routeStatus(service: Service, text: string): RouteStatus {
  const via = parseVia(text)
  const found = via && service.routeOf(text, { address: '', port: via.port })
  if (!found) return { application: undefined, pool: undefined, active: false }
  // A self-hosted service is there already.
  if (found.is === 'registration') return { application: found.name, pool: undefined, active: true }
  const { path, pool } = found.application
  return { application: path, pool, active: isActive(service, found.application) }
}

function isActive({ manager }: Service, { id, pool }: Application): boolean {
  return manager.pool(pool)?.isActive(id) ?? false
}

function applicationStatus(service: Service, application: Application): ApplicationStatus {
  const { path, site, pool, folder, protocols, origin, id } = application
  const problem = service.manager.lastFailure(id)
  const reports = service.manager.pool(pool)?.services(id) ?? []
  const line = service.manager.waiting.of(pool).of(id)
  const binding = reports.find((report) => report.binding)?.binding
  return {
    path,
    site,
    pool,
    folder,
    protocols,
    origin,
    urls: urlsOf(service.snapshot, application),
    active: isActive(service, application),
    waiting: line.count,
    waitingLine: waitingStatus(line),
    services: reports.map(({ service: path, failure }) => {
      return failure ? { path, state: 'failed', problem: failure.message } : { path, state: 'started' }
    }),
    ...(binding && { binding: { settings: settingsToJson(binding.settings), setBy: binding.setBy } }),
    ...(problem && {
      problem: {
        code: problem.error.code,
        message: problem.error.message,
        at: iso(problem.at),
        lastOutput: problem.error.lastOutput,
      },
    }),
  }
}

function registrationStatus({ registration, handOff, line }: RegistrationTarget): RegistrationStatus {
  const { number, uri, mode, holder, since, settings } = registration
  return {
    number,
    uri,
    hostNameComparisonMode: mode,
    pid: holder.pid,
    account: holder.account,
    since: iso(since),
    binding: { settings: settingsToJson(settings.settings), setBy: settings.endpoint },
    dispatched: handOff.dispatched,
    waiting: line.count,
    unacknowledged: handOff.unacknowledged,
    refused: line.turnedAway.lineFull,
  }
}

function standbyStatus({ manager: { standbys }, logs }: Service): Status['standby'] {
  const { wanted, ready, problem } = standbys
  return { processes: wanted, ready, ...(problem !== undefined && { problem }), log: logs.standbyFile }
}

function waitingStatus({ count, connections, turnedAway }: WaitingLine | PoolQueue): WaitingStatus {
  const oldest = Array.from(connections).reduce((first, { acceptedAt }) => Math.min(first, acceptedAt), Infinity)
  return { connections: count, ...(count > 0 && { oldestSince: iso(oldest) }), turnedAway: { ...turnedAway } }
}

function poolStatus({ logs, identities, manager, confiner, options }: Service, pool: ApplicationPool): PoolStatus {
  const { name, startMode, idleTimeout, maxProcesses, identity, waiting } = pool.settings
  const { workers } = pool
  const account = workers.at(-1)?.account
  const problem = pool.blocked && problemOf(pool.blocked)
  const notRecycled = pool.notRecycled && problemOf(pool.notRecycled)
  const why = manager.standbys.whyNot(pool.settings)
  const { failing } = pool
  return {
    name,
    state: failing && pool.state.is === 'started' ? 'failing' : pool.state.is,
    ...(failing && {
      failing: {
        why: failing.error.message,
        remedy: failing.error.remedy,
        ...(failing.until !== undefined && { until: iso(failing.until) }),
      },
    }),
    startMode,
    idleTimeout,
    maxProcesses,
    identityType: identity.identityType,
    ...(account && { account: identities.nameOf(account.uid) }),
    ...(problem && { problem }),
    ...(notRecycled && { notRecycled }),
    waiting: {
      ...waitingStatus(manager.waiting.of(name)),
      limit: waiting.maxWaitingConnections,
      timeLimit: waiting.waitingTimeLimit,
    },
    limits: confiner.limitsOf(name).map(({ of, limit, by, problem, used }) => ({
      of,
      limit,
      ...(by !== undefined && { by }),
      ...(problem && { problem: problemOf(problem) }),
      ...(used !== undefined && { used }),
    })),
    workers: workers.map((worker) => workerStatus(worker, options.clock.elapsed())),
    nextWorker: why === undefined ? { from: 'standby' } : { from: 'fresh start', why },
    log: logs.fileOf(name),
  }
}

const problemOf = ({ code, message, remedy }: PorticoError) => ({ code, message, remedy })

function workerStatus(worker: WorkerProcess, now: number): WorkerStatus {
  const { id, pid, state, startedAt, born, open, served, leases, applications } = worker
  return {
    id,
    pid,
    state: state.is,
    ...('why' in state && { why: state.why }),
    startedAt: iso(startedAt),
    age: Math.round(now - born),
    openConnections: open,
    servedConnections: served,
    leases: leases.map((lease) => ({ ...lease, since: iso(lease.since) })),
    applications: [
      ...applications.in('active').map((id) => ({ id, state: 'active' as const })),
      ...[...applications.in('asked'), ...applications.in('activating')].map((id) => ({
        id,
        state: 'activating' as const,
      })),
      ...Array.from(applications.spent.keys(), (id) => ({ id, state: 'spent' as const })),
    ],
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
