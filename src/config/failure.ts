/** `<failure>`: what happens to a pool whose worker processes fail. */
import { attribute, element } from './schema.ts'
import { bool, greatestInt, oneOf, text, time, uint } from './values.ts'

export const failure = element(
  {
    loadBalancerCapabilities: attribute(oneOf(['TcpLevel', 'HttpLevel']), {
      default: 'HttpLevel',
      means:
        'How HTTP clients are turned away from a stopped pool: HttpLevel answers 503, TcpLevel closes the connection.',
      effect: 'notInForceYet',
    }),
    orphanWorkerProcess: attribute(bool(), {
      default: 'false',
      means: 'Whether a failed worker process is left running, out of use, so that somebody can examine it.',
      effect: 'notInForceYet',
      actsAs: 'false',
    }),
    orphanActionExe: attribute(text(), {
      default: '',
      means: 'Program to run when a worker process is orphaned. Environment variables are expanded.',
      effect: 'notInForceYet',
      actsAs: '',
    }),
    orphanActionParams: attribute(text(), {
      default: '',
      means: 'Its parameters; %1% stands for the process id.',
      effect: 'notInForceYet',
      actsAs: '',
    }),
    rapidFailProtection: attribute(bool(), {
      default: 'true',
      means: 'Whether a pool is stopped whose worker processes keep failing.',
      effect: 'notInForceYet',
      actsAs: 'false',
    }),
    rapidFailProtectionInterval: attribute(time({ min: 60, max: 8_640_000, step: 60 }), {
      default: '00:05:00',
      means: 'The time in which failures are counted.',
      effect: 'notInForceYet',
    }),
    rapidFailProtectionMaxCrashes: attribute(uint({ min: 1, max: greatestInt }), {
      default: '5',
      means: 'Failures within that time that stop the pool.',
      effect: 'notInForceYet',
    }),
    autoShutdownExe: attribute(text(), {
      default: '',
      means: 'Program to run when the protection stops the pool. Environment variables are expanded.',
      effect: 'notInForceYet',
      actsAs: '',
    }),
    autoShutdownParams: attribute(text(), {
      default: '',
      means: 'Its parameters.',
      effect: 'notInForceYet',
      actsAs: '',
    }),
  },
  { means: 'What happens when worker processes fail.' },
)
