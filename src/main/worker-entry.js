/**
 * The first code of a worker process: takes the account of its pool, proves that there is no way back, and only then loads
 * the worker host. A standby process, which has no pool yet, loads it before: nothing but files of Portico's own.
 */
import { becomeWorker } from './become-worker.js'

if (process.env.PORTICO_STANDBY === undefined) {
  becomeWorker()
  const { hostApplications } = await import('./worker.ts')
  hostApplications()
} else {
  await import('./standby.ts')
}
