/** The status as a person reads it. */
import type {
  ApplicationStatus,
  BindingStatus,
  LimitStatus,
  Overview,
  PoolStatus,
  PortStatus,
  RegistrationStatus,
  Status,
  WaitingStatus,
  WorkerStatus,
} from '#admin/status.ts'
import { humanDuration } from '#base/duration.ts'
import { settingText } from '#binding/rule.ts'
import { bindingProperties } from '#binding/settings.ts'
import { urlsOf } from '#registry/routes.ts'
import type { Snapshot } from '#registry/snapshot.ts'

/** So many applications are listed in the banner; portico status lists all. */
const bannerLimit = 12

/** What `portico serve` prints when it is ready. */
export function banner(status: Overview, snapshot: Snapshot): string {
  const { ports } = status
  const { size } = snapshot.applications
  const applications = () =>
    snapshot.applications.values().map((each) => ({ path: each.path, urls: urlsOf(snapshot, each) }))
  const first = applications().find(({ urls }) => urls.length > 0)
  const lines = [
    `Portico ${status.version} serves as ${status.user} (pid ${status.pid})`,
    `  home         ${status.home}`,
    `  listens on   ${ports.map((port) => `${port.address}:${port.port}`).join(', ') || 'nothing: no site has a net.tcp binding'}`,
    `  applications ${size === 0 ? 'none: copy a folder into the application folder' : ''}`.trimEnd(),
    ...applications()
      .take(bannerLimit)
      .map(({ path, urls }) => `    ${path}  ${urls[0] ?? 'no binding'}`),
    ...(size > bannerLimit ? [`    and ${size - bannerLimit} more: portico status`] : []),
    ...(isRoot(status)
      ? []
      : [
          `  NOTE         every worker process runs as ${status.user}: identities of pools need a portico serve of root`,
        ]),
    ...problemLines(status),
    ...(first ? [`  try          npx portico probe ${first.urls[0]}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

const isRoot = ({ user }: Overview) => user === 'root'

/** What `portico status` prints. */
export function statusText(status: Status): string {
  const lines = [
    `Portico ${status.version}, pid ${status.pid}, user ${status.user}, since ${status.startedAt}${status.stopping ? ', STOPPING' : ''}`,
    `home     ${status.home}`,
    `log      ${status.log}`,
    `config   ${status.configuration.folder}`,
    `launcher ${status.processManager ?? 'PM2, not needed yet'}`,
    ...standbyLines(status),
    ...problemLines(status),
    '',
    'PORTS',
    ...(status.ports.length === 0
      ? [`  none (sharingStartMode is ${status.sharing.startMode})`]
      : status.ports.map(portLine)),
    ...(status.sharing.refused > 0
      ? [`  ${status.sharing.refused} connections to the sharing socket were refused; the log has the accounts`]
      : []),
    ...(status.refusedWaiting > 0
      ? [`  ${status.refusedWaiting} connections were closed because too many waited`]
      : []),
    ...startsLines(status),
    '',
    'POOLS',
    ...status.pools.flatMap((pool) => [...poolLines(pool), ...nextWorkerLines(pool, status)]),
    '',
    'APPLICATIONS',
    ...(status.applications.length === 0 ? ['  none'] : status.applications.flatMap(applicationLines)),
    '',
    'REGISTRATIONS',
    ...(status.registrations.length === 0 ? ['  none'] : status.registrations.flatMap(registrationLines)),
  ]
  return `${lines.join('\n')}\n`
}

/** What keeps worker processes from starting, and from staying, as far as there is anything to say. */
function startsLines({ starts, demandStarts, idleShare }: Status): string[] {
  const waiting = Object.entries(starts.waiting).filter(([, count]) => count > 0)
  const what = waiting.map(([urgency, count]) => `${count} for ${urgency}`).join(', ')
  const { count, limit } = demandStarts
  return [
    ...(starts.underWay > 0 || waiting.length > 0
      ? [
          `  STARTING     ${starts.underWay} worker processes, at most ${starts.limit} at once; waiting: ${what || 'none'}`,
        ]
      : []),
    ...(count >= limit
      ? [`  FULL         ${count} worker processes run on demand, and demandStartThreshold is ${limit}: no more start`]
      : []),
    ...(idleShare < 1 ? [`  MEMORY       is scarce: idle timeouts are 1/${1 / idleShare} of what is configured`] : []),
  ]
}

function problemLines({ configuration, problems, notInForce }: Overview): string[] {
  const { problem, problemSince } = configuration
  return [
    ...(problem === undefined
      ? []
      : [`  CONFIGURATION REFUSED at ${problemSince}; the last good one is in force:`, indent(problem, 4)]),
    ...problems.map((text) => `  PROBLEM      ${text}`),
    ...(notInForce.length === 0 ? [] : ['  written in the configuration, without effect:']),
    ...notInForce.map((text) => `    ${text}`),
  ]
}

function standbyLines({ standby: { processes, ready, problem, log } }: Status): string[] {
  if (processes === 0) return []
  const failed = problem === undefined ? '' : `; the last one FAILED: ${problem} (its output: ${log})`
  return [`standby  ${ready} of ${processes} processes ready${failed}`]
}

function nextWorkerLines({ nextWorker }: PoolStatus, { standby }: Status): string[] {
  if (standby.processes === 0) return []
  const how = nextWorker.from === 'standby' ? 'comes from standby' : `starts afresh ${nextWorker.why}`
  return [`    the next worker process ${how}`]
}

function portLine({ address, port, beingRead, counters }: PortStatus): string {
  const { connectionsAccepted, connectionsDispatched, protocolFailures, dispatchFailures, notFound } = counters
  return (
    `  ${address}:${port}  accepted ${connectionsAccepted}, dispatched ${connectionsDispatched}, not found ${notFound}, ` +
    `failed before the via was known ${protocolFailures}, failed after it ${dispatchFailures}, being read ${beingRead}`
  )
}

/** An application pool, as `portico list pools` shows it as well. */
export function poolLines(pool: PoolStatus) {
  const { name, state, startMode, idleTimeout, maxProcesses, identityType, account, failing, problem } = pool
  const { notRecycled, workers, waiting, limits, log } = pool
  const idle =
    startMode === 'AlwaysRunning'
      ? 'always running'
      : `idle after ${idleTimeout === 0 ? 'never' : humanDuration(idleTimeout)}`
  const garden = maxProcesses > 1 ? `, up to ${maxProcesses} worker processes` : ''
  return [
    `  ${name}  ${state}, ${idle}${garden}, ${account ? `runs as ${account}` : identityType}, ${workers.length === 0 ? 'no worker process' : `worker output in ${log}`}`,
    ...waitingLines(waiting),
    ...limits.map(limitLine),
    ...workers.flatMap(workerLines),
    ...(failing ? [indent(`FAILING: ${failing.why}\n${failing.remedy}`, 4)] : []),
    ...(problem ? [indent(`CAN'T START: ${problem.message}\n${problem.remedy} (${problem.code})`, 4)] : []),
    ...(notRecycled
      ? [
          indent(
            `NOT RECYCLED, the old one goes on: ${notRecycled.message}\n${notRecycled.remedy} (${notRecycled.code})`,
            4,
          ),
        ]
      : []),
  ]
}

function waitingLines(waiting: PoolStatus['waiting']): string[] {
  const bounds = `of ${waiting.limit} that may, for ${humanDuration(waiting.timeLimit)} at most`
  return [...(waiting.connections > 0 ? [`    ${waitingText(waiting)}; ${bounds}`] : []), ...turnedAwayLines(waiting)]
}

const waitingText = ({ connections, oldestSince }: WaitingStatus) =>
  `${connections} waiting, the oldest since ${oldestSince}`

function turnedAwayLines({ turnedAway }: WaitingStatus): string[] {
  const { lineFull, poolFull, tooLong, gone } = turnedAway
  const reasons = [
    ...(lineFull > 0 ? [`${lineFull} because of maxPendingConnections`] : []),
    ...(poolFull > 0 ? [`${poolFull} because of maxWaitingConnections`] : []),
    ...(tooLong > 0 ? [`${tooLong} because of waitingTimeLimit`] : []),
    ...(gone > 0 ? [`${gone} because their clients had gone`] : []),
  ]
  return reasons.length > 0 ? [`    turned away ${reasons.join(', ')}`] : []
}

function limitLine({ of, limit, by, problem, used }: LimitStatus): string {
  if (problem) return indent(`LIMIT NOT IN FORCE: ${problem.message}\n${problem.remedy} (${problem.code})`, 4)
  return `    limit of ${of}: ${limit} (${by})${used === undefined ? '' : `; ${used}`}`
}

function workerLines(worker: WorkerStatus): string[] {
  const { id, pid, state, why, openConnections, servedConnections, leases, applications } = worker
  return [
    `    ${id}  pid ${pid ?? '?'}, ${state}${why ? ` (${why})` : ''}, ${openConnections} open, ${servedConnections} served: ` +
      (applications.map((application) => `${application.id} ${application.state}`).join(', ') || 'no application yet'),
    ...leases.map(({ application, name, since }) => `      kept by ${application} since ${since}: ${name}`),
  ]
}

/** An application, as `portico list applications` shows it as well. */
export function applicationLines(application: ApplicationStatus): string[] {
  const { path, pool, folder, active, waiting, waitingLine, urls, services, binding, problem } = application
  return [
    `  ${path}  ${active ? 'active' : 'inactive'}, pool ${pool}${waiting > 0 ? `, ${waitingText(waitingLine)}` : ''}`,
    `    ${urls.join(' ') || 'no binding'}  ${folder}`,
    ...turnedAwayLines(waitingLine),
    ...services.map(({ path: service, state, problem: why }) => `    ${service}  ${state}${why ? `: ${why}` : ''}`),
    ...(binding ? bindingLines(binding) : []),
    ...(problem ? [`    FAILED at ${problem.at}: ${indent(problem.message, 6).trimStart()}`] : []),
    ...(problem?.lastOutput ? [indent(problem.lastOutput, 6)] : []),
  ]
}

/** What a self-hosted service has registered, as `portico list registrations` shows it as well. */
export function registrationLines(registration: RegistrationStatus): string[] {
  const { uri, hostNameComparisonMode, pid, account, since, binding } = registration
  const { dispatched, waiting, unacknowledged, refused } = registration
  return [
    `  ${uri}  (${hostNameComparisonMode}) process ${pid} of ${account}, since ${since}`,
    `    dispatched ${dispatched}, waiting ${waiting}, of these offered ${unacknowledged}, refused ${refused}`,
    ...bindingLines(binding),
  ]
}

function bindingLines({ settings, setBy }: BindingStatus): string[] {
  const values = bindingProperties.map(
    (name) => `${name} ${settingText(name, settings[name] ?? Number.POSITIVE_INFINITY)}`,
  )
  return [
    `    binding settings of ${setBy}:`,
    `      ${values.slice(0, 4).join(', ')},`,
    `      ${values.slice(4).join(', ')}`,
  ]
}

const indent = (text: string, by: number) => text.replaceAll(/^/gm, ' '.repeat(by))
