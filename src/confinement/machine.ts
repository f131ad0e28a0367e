/** The machine that Portico runs on, as far as placing and measuring processes needs it. */
import { cpus } from 'node:os'
import { numaNodes } from './numa.ts'
import type { Machine } from './placement.ts'
import { ownProcessors } from './processors.ts'

export const machine = (): Machine => ({
  processors: ownProcessors(),
  machineProcessors: cpus().length,
  nodes: () => numaNodes(),
})
