/** Steps of this process for Portico, whose clock is another one: by how long ago they were. */

/** A step, and when it was reached by `performance.now()`. */
export interface OwnStep {
  readonly step: string
  readonly at: number
}

export function toldSteps(steps: readonly OwnStep[], now = performance.now()): { step: string; ago: number }[] {
  return steps.map(({ step, at }) => ({ step, ago: Math.round((now - at) * 100) / 100 }))
}
