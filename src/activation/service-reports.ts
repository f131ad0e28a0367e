/** What a worker process has reported of the services within its applications. */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { Restraint } from '#base/restraint.ts'
import type { ServiceReport } from './worker-channel.ts'

/** A service that fails is told again with each connection that asks for it: so many of its failures are written in a while. */
const written = { events: 5, interval: 60_000 } as const
/** So many of all services of a worker process together: it could invent services without end. */
const writtenOfAll = { events: 200, interval: 60_000 } as const
/** So many services of an application are remembered; a worker process is not trusted with Portico's memory. */
const mostServices = 1_000

/** Names the worker process in the log. */
interface Names {
  readonly pool: string
  readonly worker: string
}

export class ServiceReports {
  readonly #log: Log
  readonly #restraint: Restraint
  readonly #ofAll: Restraint
  readonly #byApplication = new Map<string, Map<string, ServiceReport>>()

  constructor(clock: Clock, log: Log) {
    this.#log = log
    this.#restraint = new Restraint(clock, written)
    this.#ofAll = new Restraint(clock, writtenOfAll)
  }

  told(application: string, report: ServiceReport, names: Names): void {
    const services = this.#byApplication.get(application) ?? new Map<string, ServiceReport>()
    if (services.size >= mostServices && !services.has(report.service)) return
    this.#byApplication.set(application, services.set(report.service, report))
    const { service, failure } = report
    const fields = { app: application, ...names, service }
    // It may say so without end, and this is kept as history.
    const leftOut = this.#restraint.leftOut(`${application} ${service} ${failure ? 'failed' : 'started'}`)
    if (leftOut === undefined) return
    const leftOutOfAll = this.#ofAll.leftOut('')
    if (leftOutOfAll) this.#log.warn('service.failuresLeftOut', { ...names, app: application, count: leftOutOfAll })
    if (leftOutOfAll === undefined) return
    if (!failure) {
      this.#log.info('service.started', fields)
      return
    }
    if (leftOut) this.#log.warn('service.failuresLeftOut', { ...fields, count: leftOut })
    this.#log.error('service.failed', { ...fields, reason: failure.message })
  }

  /** Those of one application, in the order in which they were asked for first. */
  of(application: string): readonly ServiceReport[] {
    return [...(this.#byApplication.get(application)?.values() ?? [])]
  }

  forget(application: string): void {
    this.#byApplication.delete(application)
  }
}
