/** Which events of the log tell of the lives of things and are kept as history, in words for people; and who wanted them. */
import type { LogFields } from '#base/log.ts'

/** Kept: every turn of what an administrator asks "what became of it" about. */
export const lifeEvents = {
  'portico.started': 'Portico started',
  'portico.stopping': 'Portico stops',
  'portico.hurried': 'Portico was told again to stop, and waits for nobody now',
  'portico.stopped': 'Portico stopped',
  'portico.crashed': 'Portico crashed',
  'configuration.changed': 'another configuration is in force',
  'configuration.refused': 'the configuration was refused; the last good one stays in force',
  'configuration.accepted': 'the configuration is good again',
  'folders.refused': 'the application folder was refused; what was deployed stays deployed',
  'folders.accepted': 'the application folder is good again',
  'application.deployed': 'application deployed',
  'application.removed': 'application removed',
  'application.loaded': 'application loaded',
  'application.failed': 'application failed to load',
  'application.notPreloaded': 'application was not preloaded',
  'service.started': 'service started',
  'service.failed': 'service failed to start',
  'pool.started': 'application pool started',
  'pool.stopping': 'application pool stops',
  'pool.stopped': 'application pool stopped',
  'pool.blocked': 'application pool can have no worker process',
  'pool.unblocked': 'application pool can have worker processes again',
  'pool.recycling': 'worker process of an application pool is replaced',
  'pool.notRecycled': 'worker process of an application pool could not be replaced; the old one goes on',
  'pool.codeKeepsChanging': 'files of an application keep changing; its worker process is left alone for a while',
  'pool.failing': 'worker processes of an application pool fail too often; none is started for a while',
  'pool.tried': 'application pool is tried again with one worker process',
  'pool.stillFailing': 'the trial failed too; no worker process is started for a while',
  'pool.recovered': 'application pool works again',
  'pool.cpuLimitReached': 'application pool used as much of the processors as its limit lets it',
  'pool.limitNotInForce': 'application pool runs without one of its limits',
  'pool.actionStarted': 'program that a failure asks for was started',
  'pool.actionFailed': 'program that a failure asks for could not be started, or failed',
  'worker.launching': 'worker process is launched',
  'worker.found': 'worker process was found running',
  'worker.unwanted': 'worker process was found running and is ended',
  'worker.connected': 'worker process is connected',
  'worker.ready': 'worker process is ready',
  'worker.suspended': 'worker process is suspended: nothing needed it for idleTimeout',
  'worker.resumed': 'worker process goes on',
  'worker.notSuspended': 'worker process could not be suspended',
  'worker.draining': 'worker process finishes what it has',
  'worker.stopping': 'worker process ends',
  'worker.channelLost': 'worker process closed its channel',
  'worker.exited': 'worker process ended',
  'worker.notEnded': 'worker process lives on after SIGKILL; it is out of use',
  'worker.childrenEnded': 'processes that a worker process left running were ended',
  'worker.childrenNotEnded': 'processes that a worker process left running could not be ended',
  'worker.notConfined': 'worker process runs without limits that its pool has',
  'worker.orphaned': 'worker process that failed is left to itself, to be looked at',
  'worker.notOrphaned': 'worker process that failed could not be left to itself, and is ended',
  'memory.scarce': 'memory is scarce; idle worker processes end sooner',
  'memory.relieved': 'memory is no longer scarce',
  'standby.failed': 'standby process failed; what it wrote is in standby.log',
  'standby.notTaken': 'standby process could not become a worker process; another one is taken',
  'standby.notConfined':
    'standby process got no cgroup of its own; it enters that of its pool when it is taken, which takes longer',
  'standby.notEnded': 'standby process lives on after SIGKILL',
  'registration.added': 'self-hosted service registered an address',
  'registration.removed': 'self-hosted service left an address',
  'registration.eventsLeftOut': 'registrations of one account were left out here',
  'pm2.started': "PM2's daemon started",
  'pm2.lost': "PM2's daemon is gone",
  'pm2.replaced': "PM2's daemon was replaced by another version",
} as const satisfies Record<string, string>

/** In the log only: they tell of single connections and peers, or repeat what an event above says. */
export const otherEvents: readonly string[] = [
  'pool.logBegun',
  'pool.logNotKept',
  'pool.logNotBounded',
  'connection.refused',
  'connection.failed',
  'connection.failuresLeftOut',
  'service.failuresLeftOut',
  'sharing.acceptFailed',
  'sharing.descriptorsNotRefused',
  'sharing.eventsLeftOut',
  'sharing.failed',
  'sharing.misused',
  'sharing.refused',
  'sharing.silent',
  'sharing.turnedAway',
  'standby.ready',
  'worker.memoryGivenBack',
  'worker.memoryKept',
  'application.unwatched',
  'folder.unwatched',
  'launcher.strayNotEnded',
  'pm2.connected',
  'pm2.entryKept',
  'pm2.kept',
  'pm2.notAnswering',
  'events.notWritten',
]

export type LifeEvent = keyof typeof lifeEvents

export function isLifeEvent(event: string): event is LifeEvent {
  return Object.hasOwn(lifeEvents, event)
}

/** Who wanted what an event tells: one who commands, who configures, who calls, or Portico itself. */
export type Actor = 'administrator' | 'configuration' | 'client' | 'portico'

/** The actor of an event that doesn't name one. */
export function actorOf(event: LifeEvent, { why }: LogFields): Actor {
  if (why === 'shutdown' || why === 'administrator' || why === 'OnDemand') return 'administrator'
  if (why === 'removed' || why === 'autoStart' || why === 'ConfigChange') return 'configuration'
  const [family = ''] = event.split('.')
  return actorsOf[event] ?? actorsOf[family] ?? 'portico'
}

/** By event, or by what it tells of. */
const actorsOf: Readonly<Record<string, Actor>> = {
  'portico.started': 'administrator',
  'portico.stopping': 'administrator',
  'portico.hurried': 'administrator',
  'portico.stopped': 'administrator',
  'application.deployed': 'configuration',
  'application.removed': 'configuration',
  configuration: 'configuration',
  folders: 'configuration',
  registration: 'client',
}
