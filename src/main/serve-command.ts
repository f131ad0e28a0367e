/** `portico serve`: runs the service until a signal or `portico stop` ends it. */
import { systemClock } from '#base/clock.ts'
import { takeHome } from './home.ts'
import { openLog } from './log.ts'
import { Service } from './service.ts'
import { statusOf } from './status.ts'
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
  const log = openLog(home.log, process.stderr)
  process.on('uncaughtExceptionMonitor', (error) => {
    log.error('service.crashed', { error })
    log.close()
  })
  try {
    const service = await Service.start({ config, apps, home, clock: systemClock, log, version })
    process.stdout.write(banner(statusOf(service)))
    stopOnSignals(service)
    await service.ended
  } finally {
    log.close()
  }
}

/** npm, a service manager or a terminal may deliver one wish twice: milliseconds within which it counts once. */
const sameWish = 250

function stopOnSignals(service: Service): void {
  let last = Number.NEGATIVE_INFINITY
  const asked = () => {
    const now = systemClock.elapsed()
    if (now - last <= sameWish) return
    last = now
    service.stop()
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, asked)
}
