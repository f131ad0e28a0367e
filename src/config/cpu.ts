/** `<cpu>`: how much of the processors the worker processes of a pool may use. */
import { attribute, element } from './schema.ts'
import { bool, greatestInt, oneOf, time, uint } from './values.ts'

export const cpu = element(
  {
    limit: attribute(uint({ max: 100_000 }), {
      default: '0',
      means:
        'Share of the processors for all worker processes of the pool together, in thousandths of a percent: 50000 is half of them. 0 is off.',
      effect: 'notInForceYet',
      actsAs: '0',
    }),
    action: attribute(oneOf(['NoAction', 'KillW3wp', 'Throttle', 'ThrottleUnderLoad']), {
      default: 'NoAction',
      means:
        'What happens over the limit: a warning, the end of the worker process, a cap, or a cap only while others want the processors.',
      effect: 'notInForceYet',
      actsAs: 'NoAction',
    }),
    resetInterval: attribute(time({ max: 86_400, step: 60 }), {
      default: '00:05:00',
      means: 'Time over which use is measured; 00:00:00 turns measuring off. The two throttling actions do without.',
      effect: 'notInForceYet',
    }),
    smpAffinitized: attribute(bool(), {
      default: 'false',
      means: 'Whether worker processes keep to the processors that the masks name.',
      effect: 'notInForceYet',
      actsAs: 'false',
    }),
    smpProcessorAffinityMask: attribute(uint(), {
      default: '4294967295',
      means: 'Processors 0 to 31, a bit each.',
      effect: 'notInForceYet',
      actsAs: '4294967295',
    }),
    smpProcessorAffinityMask2: attribute(uint(), {
      default: '4294967295',
      means: 'Processors 32 to 63, a bit each.',
      effect: 'notInForceYet',
      actsAs: '4294967295',
    }),
    processorGroup: attribute(uint({ max: greatestInt }), {
      default: '0',
      means: 'Group of processors, on Windows machines that have more than one.',
      effect: 'notOnLinux',
      actsAs: '0',
    }),
    numaNodeAssignment: attribute(oneOf(['MostAvailableMemory', 'WindowsScheduling']), {
      default: 'MostAvailableMemory',
      means: 'How the worker processes of a web garden choose their NUMA nodes.',
      effect: 'notInForceYet',
    }),
    numaNodeAffinityMode: attribute(oneOf(['Soft', 'Hard']), {
      default: 'Soft',
      means: 'Whether a worker process may leave its NUMA node when the others are idle (Soft) or not (Hard).',
      effect: 'notInForceYet',
    }),
  },
  { means: 'Use of the processors by the worker processes of a pool.' },
)
