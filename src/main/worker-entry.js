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
  const { hostApplications } = await workerHost()
  reached('worker host loaded')
  hostApplications()
} else {
  await import('./standby.ts')
}

/** In one file where portico serve has made that, which is much faster; the account may not get to it, or it has just been replaced. */
async function workerHost() {
  const { PORTICO_HOST: file } = process.env
  try {
    if (file !== undefined) return await import(file)
  } catch {
    // The sources are the same.
  }
  return await import('./worker.ts')
}
