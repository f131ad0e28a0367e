/** The schema of what stands beside pools and sites in `<system.applicationHost>`: listener adapters and web limits. */
import type { z } from 'zod'
import { attribute, collection, element, type Immutable, required } from './schema.ts'
import { filledText, greatestInt, greatestUint, text, time, uint } from './values.ts'

const adapter = element(
  {
    name: required(filledText(), { means: 'Protocol of the adapter.' }),
    identity: attribute(text(), { default: '', means: 'Account or SID of the process that the adapter runs in.' }),
    protocolManagerDll: attribute(text(), { default: '', means: 'Library of the adapter.' }),
    protocolManagerDllInitFunction: attribute(text(), {
      default: '',
      means: 'Function of it that starts the adapter.',
    }),
  },
  { means: 'A listener adapter of Windows. Portico brings its own.', effect: 'notOnLinux' },
)

const listenerAdapters = collection(adapter, {
  means: 'The protocols that Windows can activate for.',
  item: 'add',
  key: ['name'],
})

const ofHttp = 'limits HTTP, which Portico does not serve yet'

const webLimits = element(
  {
    maxGlobalBandwidth: attribute(uint({ min: 1024 }), {
      default: String(greatestUint),
      means: 'Bytes a second for all HTTP connections.',
      effect: 'notInForceYet',
      why: ofHttp,
      actsAs: String(greatestUint),
    }),
    connectionTimeout: attribute(time({ max: 65_535 }), {
      default: '00:02:00',
      means: 'Time after which a silent HTTP connection is closed.',
      effect: 'notInForceYet',
      why: ofHttp,
    }),
    demandStartThreshold: attribute(uint({ min: 10, max: greatestInt }), {
      default: String(greatestInt),
      means:
        'The most worker processes that run because somebody connected: all those of pools with startMode OnDemand. A connection that would need one more gets ServerTooBusy; those that are replaced or always running meet no limit.',
    }),
    dynamicIdleThreshold: attribute(uint({ max: 10_000 }), {
      default: '0',
      means:
        'Use of memory, swap included, in percent of the memory that the machine has; 0 is off. From 80 % of this threshold on idle timeouts are half of what is configured, from 85 % on a fourth, and so on to a 32nd at 100 %; at 75 % they are what they were. Looked at every 30 seconds.',
    }),
    headerWaitTimeout: attribute(time({ max: 65_535 }), {
      default: '00:00:00',
      means: 'Time for the head of an HTTP request to arrive; 00:00:00 is off.',
      effect: 'notInForceYet',
      why: ofHttp,
      actsAs: '00:00:00',
    }),
    minBytesPerSecond: attribute(uint(), {
      default: '240',
      means: 'Speed below which an HTTP answer is given up.',
      effect: 'notInForceYet',
      why: ofHttp,
    }),
    dynamicRegistrationThreshold: attribute(uint(), {
      default: '100',
      means: 'Number of sites from which on Windows registers them only when they are used.',
      effect: 'notOnLinux',
    }),
  },
  { means: 'Limits of the whole machine.' },
)

/** Of the whole machine. */
export type WebLimits = Immutable<z.infer<typeof webLimits>>

export const hostElement = element(
  { listenerAdapters, webLimits },
  {
    means: 'Application pools, sites, and what stands beside them.',
    foreign: {
      log: 'Log files of HTTP.',
      configHistory: 'Copies of earlier configurations.',
      customMetadata: 'Settings of the IIS 6 metabase.',
      serviceAutoStartProviders: '.NET types that prepare applications.',
    },
  },
)
