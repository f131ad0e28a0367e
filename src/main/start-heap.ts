/** Keeps what V8 sets aside for new objects small until the first connection comes: `portico serve` may wait for it for days. */
import { setFlagsFromString } from 'node:v8'

let isHeld = false

/**
 * A start makes much and keeps most of it, from which V8 concludes that new objects need 32 MB, and never takes that back. To be
 * called before much is loaded.
 */
export function holdHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  isHeld = true
}

/** With no more room than that a thousand connections a second would have V8 collect three times as long. */
export function letHeapGrow(): void {
  if (!isHeld) return
  setFlagsFromString('--semi-space-growth-factor=2')
  isHeld = false
}
