/** `<recycling>`: when a worker process is replaced by a fresh one, and how. */
import { attribute, collection, element, required } from './schema.ts'
import { bool, flags, time, uint } from './values.ts'

const scheduledTime = element(
  {
    value: required(time({ max: 86_399, step: 60 }), {
      means: 'Local time of day, counted from midnight.',
    }),
  },
  { means: 'A time of day at which the worker processes of the pool are recycled.' },
)

const periodicRestart = element(
  {
    memory: attribute(uint(), {
      default: '0',
      means:
        'Virtual memory of a worker process, in KB, from which on it is recycled; 0 is off. Node reserves a lot of it: privateMemory is the better measure.',
    }),
    privateMemory: attribute(uint(), {
      default: '0',
      means: 'Memory that a worker process shares with nobody, in KB, from which on it is recycled; 0 is off.',
    }),
    requests: attribute(uint(), {
      default: '0',
      means: 'Connections, and further sessions on them, after which a worker process is recycled; 0 is off.',
    }),
    time: attribute(time({ max: 25_920_000, step: 60 }), {
      default: '29:00:00',
      means: 'Age at which a worker process is recycled; 00:00:00 is off.',
    }),
    schedule: collection(scheduledTime, {
      means:
        'Times of day for recycling. A pool inherits those of applicationPoolDefaults and adds its own; clear drops the inherited ones.',
      item: 'add',
      key: ['value'],
      clear: true,
    }),
  },
  { means: 'What makes a worker process due for recycling.' },
)

export const recycling = element(
  {
    disallowOverlappingRotation: attribute(bool(), {
      default: 'false',
      means:
        'Whether the old worker process has to end before the new one starts. Otherwise the new one is ready first.',
    }),
    disallowRotationOnConfigChange: attribute(bool(), {
      default: 'false',
      means: 'Whether a change of the configuration leaves running worker processes as they are.',
    }),
    logEventOnRecycle: attribute(
      flags(['Time', 'Requests', 'Schedule', 'Memory', 'IsapiUnhealthy', 'OnDemand', 'ConfigChange', 'PrivateMemory']),
      {
        default: 'Time, Requests, Schedule, Memory, IsapiUnhealthy, OnDemand, ConfigChange, PrivateMemory',
        means: 'Which reasons for recycling are logged as pool.recycling. IsapiUnhealthy never is one on Linux.',
      },
    ),
    periodicRestart,
  },
  { means: 'When a worker process is replaced, and how.' },
)
