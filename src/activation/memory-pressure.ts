/** Shortens idle timeouts while memory is scarce: dynamicIdleThreshold, by the rule of WAS. */
import type { Clock, Timer } from '#base/clock.ts'
import type { Log } from '#base/log.ts'

/** Milliseconds between two looks at the memory. */
const interval = 30_000
/** From these loads on, in percent of the threshold, idle timeouts are this share of what is configured. Source: webLimits of IIS. */
const shares = [
  { load: 100, share: 1 / 32 },
  { load: 95, share: 1 / 16 },
  { load: 90, share: 1 / 8 },
  { load: 85, share: 1 / 4 },
  { load: 80, share: 1 / 2 },
] as const
/** Up to this load they are what is configured again. */
const relieved = 75
/** From this share on Windows warns. */
const aggressive = 1 / 8

/** The share of the configured idle timeouts that applies at `load`, percent of the threshold, after `before`. */
export function idleShare(load: number, before: number): number {
  const reached = shares.find((each) => load >= each.load)
  if (reached) return reached.share
  return before < 1 && load > relieved ? 1 / 2 : 1
}

export interface MemoryPressureSurroundings {
  readonly clock: Clock
  readonly log: Log
  /** Memory in use, in percent of what the machine has. */
  memoryInUse(): number
  /** Idle timeouts have another share now. */
  changed(): void
}

export class MemoryPressure implements Disposable {
  readonly #around: MemoryPressureSurroundings
  #threshold = 0
  #share = 1
  #timer: Timer | undefined

  constructor(around: MemoryPressureSurroundings) {
    this.#around = around
  }

  /** Of the configured idle timeouts; 1 while memory isn't scarce. */
  get share(): number {
    return this.#share
  }

  /** Percent of the machine's memory; 0 switches it off. */
  configure(threshold: number): void {
    if (threshold === this.#threshold) return
    this.#threshold = threshold
    this.#look()
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  #look(): void {
    this[Symbol.dispose]()
    const isOn = this.#threshold > 0
    this.#judge(isOn ? this.#around.memoryInUse() : 0)
    if (!isOn) return
    this.#timer = this.#around.clock.after(interval, () => this.#look())
    this.#timer.unref()
  }

  #judge(inUse: number): void {
    const before = this.#share
    this.#share = idleShare(this.#threshold > 0 ? (inUse / this.#threshold) * 100 : 0, before)
    if (this.#share === before) return
    this.#tell(before, inUse)
    this.#around.changed()
  }

  /** That it begins, gets grave, and ends. */
  #tell(before: number, inUse: number): void {
    const { log } = this.#around
    const isGrave = this.#share <= aggressive
    const share = this.#share === 1 ? 'as configured' : `1/${1 / this.#share} of what is configured`
    const used = this.#threshold === 0 ? 'dynamicIdleThreshold is off' : `${Math.round(inUse)} % of memory is in use`
    const fields = { how: `${used}, idle timeouts are ${share}`, threshold: this.#threshold }
    if (this.#share === 1) log.info('memory.relieved', { ...fields, windowsEventId: 5194 })
    else if (isGrave && before > aggressive) log.warn('memory.scarce', { ...fields, windowsEventId: 5193 })
    else if (before === 1) log.info('memory.scarce', { ...fields, windowsEventId: 5192 })
  }
}
