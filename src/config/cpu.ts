/** `<cpu>`: how much of the processors the worker processes of a pool may use. */
import { attribute, element } from './schema.ts'
import { bool, greatestInt, oneOf, time, uint } from './values.ts'

export const cpu = element(
  {
    limit: attribute(uint({ max: 100_000 }), {
      default: '0',
      means:
        'Share of all processors of the machine for the worker processes of the pool together, with their children, in thousandths of a percent: 50000 is half of the processors. 0 is off.',
    }),
    action: attribute(oneOf(['NoAction', 'KillW3wp', 'Throttle', 'ThrottleUnderLoad']), {
      default: 'NoAction',
      means:
        'NoAction: a warning when the pool has used limit over resetInterval. KillW3wp: its worker processes are ended then, and none starts until the interval ends. Throttle: a cap. ThrottleUnderLoad: a smaller share while others want the processors. The last two need the cpu controller of cgroup v2.',
    }),
    resetInterval: attribute(time({ max: 86_400, step: 60 }), {
      default: '00:05:00',
      means:
        'Time over which use is measured, one interval after the other; 00:00:00 turns measuring off. The two throttling actions do without.',
    }),
    smpAffinitized: attribute(bool(), {
      default: 'false',
      means:
        'Whether worker processes and their children keep to the processors that the masks name. Masks that name none that is there keep the pool from starting.',
    }),
    smpProcessorAffinityMask: attribute(uint(), {
      default: '4294967295',
      means: 'Processors 0 to 31, a bit each.',
    }),
    smpProcessorAffinityMask2: attribute(uint(), {
      default: '4294967295',
      means: 'Processors 32 to 63, a bit each.',
    }),
    processorGroup: attribute(uint({ max: greatestInt }), {
      default: '0',
      means: 'Group of processors, on Windows machines that have more than one.',
      effect: 'notOnLinux',
      actsAs: '0',
    }),
    numaNodeAssignment: attribute(oneOf(['MostAvailableMemory', 'WindowsScheduling']), {
      default: 'MostAvailableMemory',
      means:
        'How the worker processes of a pool with maxProcesses="0" and numaNodeAffinityMode="Hard" choose their NUMA nodes: where the fewest are, and of these the one with the most free memory, or the first (WindowsScheduling).',
    }),
    numaNodeAffinityMode: attribute(oneOf(['Soft', 'Hard']), {
      default: 'Soft',
      means:
        'Soft leaves it to the kernel on which NUMA nodes worker processes run. Hard keeps each to the processors of one node, on a machine that has more than one and with maxProcesses="0".',
    }),
  },
  { means: 'Use of the processors by the worker processes of a pool.' },
)
