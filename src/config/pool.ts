/** An application pool: every attribute of `<applicationPools><add>` and of `<applicationPoolDefaults>`. */
import type { z } from 'zod'
import { cpu } from './cpu.ts'
import { failure } from './failure.ts'
import { processModel } from './process-model.ts'
import { recycling } from './recycling.ts'
import { attribute, collection, element, type Immutable, required } from './schema.ts'
import { bool, filledText, matching, oneOf, text, uint } from './values.ts'

const environmentVariable = element(
  {
    name: required(matching(/^[^=\0]+$/, 'not empty, without =', 'a name that is not empty, without ='), {
      means: 'Name of the variable. Linux tells upper from lower case, so Portico does too.',
    }),
    value: required(filledText(), {
      means: 'Its value. Not shown in any message.',
      secret: true,
    }),
  },
  { means: 'One variable of the environment of the worker process.' },
)

const settings = {
  queueLength: attribute(uint({ min: 10, max: 65_535 }), {
    default: '1000',
    means:
      'HTTP requests that wait for the pool. It has no bearing on net.tcp, where maxPendingConnections bounds the waiting, and maxWaitingConnections of the section portico.',
    effect: 'noEffect',
    why: 'bounds HTTP requests; over net.tcp maxPendingConnections of the sharing configuration bounds what waits for one application, and maxWaitingConnections of the section portico what waits for the pool',
  }),
  autoStart: attribute(bool(), {
    default: 'true',
    means:
      'Whether the pool starts together with Portico. One that does not stays stopped until an administrator starts it.',
  }),
  startMode: attribute(oneOf(['OnDemand', 'AlwaysRunning']), {
    default: 'OnDemand',
    means: 'OnDemand starts a worker process with the first connection, AlwaysRunning as soon as the pool has started.',
  }),
  enable32BitAppOnWin64: attribute(bool(), {
    default: 'false',
    means: 'Runs worker processes of 32 bits on Windows of 64 bits.',
    effect: 'notOnLinux',
    actsAs: 'false',
  }),
  managedRuntimeVersion: attribute(text(), {
    default: '',
    means: 'Version of the .NET runtime that the worker process loads; empty loads none.',
    effect: 'notOnLinux',
    actsAs: '',
  }),
  managedRuntimeLoader: attribute(text(), {
    default: 'webengine4.dll',
    means: 'Library that loads the .NET runtime.',
    effect: 'notOnLinux',
  }),
  enableConfigurationOverride: attribute(bool(), {
    default: 'true',
    means: 'Whether web.config files may override settings that the machine delegates.',
    effect: 'notOnLinux',
    actsAs: 'true',
  }),
  managedPipelineMode: attribute(oneOf(['Integrated', 'Classic']), {
    default: 'Integrated',
    means: 'How ASP.NET takes part in a request. Only Integrated can activate for other protocols than HTTP.',
    effect: 'notOnLinux',
    actsAs: 'Integrated',
  }),
  CLRConfigFile: attribute(text(), {
    default: '',
    means: 'Configuration file of the .NET runtime for this pool.',
    effect: 'notOnLinux',
    actsAs: '',
  }),
  passAnonymousToken: attribute(bool(), {
    default: 'true',
    means: 'Whether the token of the anonymous Windows account is passed to the worker process.',
    effect: 'notOnLinux',
    actsAs: 'true',
  }),
  processModel,
  recycling,
  failure,
  cpu,
  environmentVariables: collection(environmentVariable, {
    means:
      'Variables added to the environment of the worker process. A pool inherits those of applicationPoolDefaults; its own win over them.',
    item: 'add',
    key: ['name'],
    caseSensitive: true,
    remove: true,
  }),
}

export const PoolDefaults = element(settings, {
  means: 'What pools have that do not say otherwise. Portico knows the attributes of the IIS 10 schema.',
})

export const PoolSchema = element(
  {
    name: required(filledText('|<>&"/\\[]+=;:,?*@'), {
      means: 'Name of the pool, unique ignoring case. It decides the identity of the pool.',
    }),
    ...settings,
  },
  {
    means:
      'An application pool: the unit of identity, limits and life. Each value comes from the pool, else from applicationPoolDefaults, else from here.',
  },
)

/** An application pool with every value resolved; times in milliseconds. */
export type Pool = Immutable<z.infer<typeof PoolSchema>>

/** Who the worker processes of a pool are. */
export type IdentityType = Pool['processModel']['identityType']
