/** The schema of what stands beside pools and sites in `<system.applicationHost>`: listener adapters and web limits. */
import { attribute, collection, element, required } from './schema.ts'
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

const webLimits = element(
  {
    maxGlobalBandwidth: attribute(uint({ min: 1024 }), {
      default: String(greatestUint),
      means: 'Bytes a second for all HTTP connections.',
      effect: 'notInForceYet',
      actsAs: String(greatestUint),
    }),
    connectionTimeout: attribute(time({ max: 65_535 }), {
      default: '00:02:00',
      means: 'Time after which a silent HTTP connection is closed.',
      effect: 'notInForceYet',
    }),
    demandStartThreshold: attribute(uint({ min: 10, max: greatestInt }), {
      default: String(greatestInt),
      means: 'The most worker processes that are started because somebody connected.',
      effect: 'notInForceYet',
      actsAs: String(greatestInt),
    }),
    dynamicIdleThreshold: attribute(uint({ max: 10_000 }), {
      default: '0',
      means: 'Use of memory, in percent of what the machine has, from which on idle timeouts get shorter; 0 is off.',
      effect: 'notInForceYet',
      actsAs: '0',
    }),
    headerWaitTimeout: attribute(time({ max: 65_535 }), {
      default: '00:00:00',
      means: 'Time for the head of an HTTP request to arrive; 00:00:00 is off.',
      effect: 'notInForceYet',
      actsAs: '00:00:00',
    }),
    minBytesPerSecond: attribute(uint(), {
      default: '240',
      means: 'Speed below which an HTTP answer is given up.',
      effect: 'notInForceYet',
    }),
    dynamicRegistrationThreshold: attribute(uint(), {
      default: '100',
      means: 'Number of sites from which on Windows registers them only when they are used.',
      effect: 'notOnLinux',
    }),
  },
  { means: 'Limits of the whole machine.' },
)

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
