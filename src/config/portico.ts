/** Portico's own section, `<portico>` in applicationHost.config. */
import type { z } from 'zod'
import { userName, userRange } from './account-values.ts'
import type { Pool } from './pool.ts'
import { type PorticoPool, readPorticoPools } from './portico-pools.ts'
import { readElement } from './read-element.ts'
import type { Report } from './report.ts'
import { attribute, element, type Immutable, optional } from './schema.ts'
import { oneOf, uint } from './values.ts'
import type { XmlElement } from './xml.ts'

export const porticoElement = element(
  {
    startConcurrency: optional(uint({ min: 1, max: 1000 }), {
      default: '2 × processors',
      means: 'Worker processes that may be starting at once; others wait for their turn.',
    }),
    standbyProcesses: attribute(uint({ min: 0, max: 100 }), {
      default: '0',
      means:
        'Processes that are booted ahead of need, so that the next worker process of any pool only loads its application. Each occupies memory, about as much as a worker process without one. 0: none.',
    }),
    poolIdentities: attribute(userRange(), {
      default: '90000-99999',
      means:
        'Numeric users for pools: an identity that has no account gets an id of its own from here. Ids that exist as users, groups or in /etc/subuid are never taken.',
    }),
    localServiceAccount: attribute(userName(), {
      default: '',
      means: 'Unix user that LocalService (S-1-5-19) is. Empty: a user id of its own from poolIdentities.',
    }),
    networkServiceAccount: attribute(userName(), {
      default: '',
      means: 'Unix user that NetworkService (S-1-5-20) is. Empty: a user id of its own from poolIdentities.',
    }),
    maxRegistrations: attribute(uint({ min: 0, max: 100_000 }), {
      default: '1000',
      means: 'Addresses that self-hosted services of one account may have registered at once.',
    }),
    rapidFailRecovery: attribute(oneOf(['probe', 'manual']), {
      default: 'probe',
      means:
        'How rapid-fail protection of a pool ends. probe: 15 seconds after the last failure one connection may start a worker process; when that loads its application, all is as before, and when it fails, the time doubles, up to 5 minutes. manual: an administrator starts the pool, as on Windows.',
    }),
    sharingStartMode: attribute(oneOf(['automatic', 'demand', 'disabled']), {
      default: 'automatic',
      means:
        'automatic opens the ports of all site bindings at the start. demand opens a port with the first application or registration on it and closes it with the last. disabled shares no port; self-hosted services and pools are refused.',
    }),
  },
  { means: 'What is Portico’s own and has no counterpart in IIS.' },
)

type Written = Immutable<z.infer<typeof porticoElement>>

export type PorticoSettings = { readonly [K in keyof Written]-?: NonNullable<Written[K]> } & {
  /** Of every pool, by its name in lower case. */
  readonly pools: ReadonlyMap<string, PorticoPool>
}

/** When shared ports are opened. */
export type SharingStartMode = PorticoSettings['sharingStartMode']

/** `pools` are those of applicationPools, by their names in lower case. */
export function readPortico(
  section: XmlElement | undefined,
  pools: ReadonlyMap<string, Pool>,
  processors: number,
  report: Report,
): PorticoSettings {
  const written = readElement(section, porticoElement, report, undefined, ['poolDefaults', 'pools'])
  return Object.freeze({
    ...written,
    startConcurrency: written.startConcurrency ?? Math.min(1000, 2 * processors),
    pools: readPorticoPools(section, pools, report),
  })
}
