/**
 * The first code of a worker process: takes the account of its pool, proves that there is no way back, and only then loads
 * the worker host. A standby process, which has no pool yet, loads it before: nothing but files of Portico's own.
 */
import { becomeWorker } from './become-worker.js'
import { reached, startSteps } from './start-steps.js'

if (process.env.PORTICO_STANDBY === undefined) {
  startSteps.push({ step: 'process started', at: 0 })
  reached('first line')
  becomeWorker()
  reached('account taken')
  const { hostApplications } = await import('./worker.ts')
  reached('worker host loaded')
  hostApplications()
} else {
  await import('./standby.ts')
}
