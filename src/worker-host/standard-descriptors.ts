/** Standard input and output of an application that has closed them: what is opened next would take their place. */
import { closeSync, openSync } from 'node:fs'
import type { Handle } from '#base/handle.ts'

const greatest = 2

/** Whether the application would print into it, or read from it. */
export function isStandard({ fd }: Handle): boolean {
  return fd >= 0 && fd <= greatest
}

/** Nothing more can take their place. */
export function fillStandard(): void {
  for (;;) {
    const descriptor = openSync('/dev/null', 'r+') // the least that is free
    if (descriptor <= greatest) continue
    closeSync(descriptor)
    return
  }
}
