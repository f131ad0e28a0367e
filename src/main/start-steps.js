/**
 * What this process has come to since it began, until it is a worker process with its channel. JavaScript, because the first
 * step is noted before anything of TypeScript is loaded.
 */

/** @type {{ readonly step: string, readonly at: number }[]} times by `performance.now()`, which begins with the process */
export const startSteps = []

/** @param {string} step */
export function reached(step) {
  startSteps.push({ step, at: performance.now() })
}
