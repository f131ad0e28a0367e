/** Portico's own section, `<portico>` in applicationHost.config. */
import type { z } from 'zod'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import { element, type Immutable, optional } from './schema.ts'
import { uint } from './values.ts'
import type { XmlElement } from './xml.ts'

export const porticoElement = element(
  {
    startConcurrency: optional(uint({ min: 1, max: 1000 }), {
      default: '2 × processors',
      means: 'Worker processes that may be starting at once; others wait for their turn.',
    }),
  },
  { means: 'What is Portico’s own and has no counterpart in IIS.' },
)

type Written = z.infer<typeof porticoElement>
export type PorticoSettings = Immutable<{ [K in keyof Written]-?: NonNullable<Written[K]> }>

export function readPortico(section: XmlElement | undefined, processors: number, report: Report): PorticoSettings {
  const written = readElement(section, porticoElement, report)
  return Object.freeze({ startConcurrency: written.startConcurrency ?? Math.min(1000, 2 * processors) })
}
