/** `portico serve`: runs the service until a signal or `portico stop` ends it. */
import { systemClock } from '#base/clock.ts'
import { compileWorkerCodeOnce } from './compiled-worker-code.ts'
import { EventJournal } from './event-journal.ts'
import { takeHome } from './home.ts'
import { type OpenLog, openLog } from './log.ts'
import { Service } from './service.ts'
import { overviewOf } from './status.ts'
import { banner } from './status-text.ts'

export interface ServeOptions {
  readonly config: string
  readonly apps: string
  readonly home: string
}

export async function serveCommand({ config, apps, home: folder }: ServeOptions, version: string): Promise<void> {
  process.title = 'portico serve'
  const home = await takeHome(folder)
  // Whoever reads what we print may go before we do.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const history = new EventJournal({
    folder: home.events,
    complain: (reason) => log.warn('events.notWritten', { reason }),
  })
  const log: OpenLog = openLog(home.log, process.stderr, history)
  process.on('uncaughtExceptionMonitor', (error) => {
    log.error('portico.crashed', { error })
    log.close()
    history.flushNow()
  })
  try {
    const service = await Service.start({ config, apps, home, clock: systemClock, log, version })
    process.stdout.write(banner(overviewOf(service), service.snapshot))
    compileWorkerCodeOnce()
    stopOnSignals(service)
    await service.ended
  } finally {
    await history[Symbol.asyncDispose]()
    log.close()
  }
}

/** npm, a service manager or a terminal may deliver one wish twice: milliseconds within which it counts once. */
const sameWish = 250

function stopOnSignals(service: Service): void {
  let last = Number.NEGATIVE_INFINITY
  const asked = (signal: NodeJS.Signals) => {
    const now = systemClock.elapsed()
    if (now - last <= sameWish) return
    last = now
    service.stop(signal)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, asked)
}
