/** `<failure>`: what happens to a pool whose worker processes fail. */
import { attribute, element } from './schema.ts'
import { bool, greatestInt, oneOf, text, time, uint } from './values.ts'

export const failure = element(
  {
    loadBalancerCapabilities: attribute(oneOf(['TcpLevel', 'HttpLevel']), {
      default: 'HttpLevel',
      means:
        'How HTTP clients are turned away from a stopped pool: HttpLevel answers 503, TcpLevel closes the connection.',
      effect: 'noEffect',
      why: 'decides what HTTP clients get; over net.tcp those of a stopped pool get EndpointUnavailable',
    }),
    orphanWorkerProcess: attribute(bool(), {
      default: 'false',
      means:
        'Whether a worker process that does not respond, or exceeds startupTimeLimit or shutdownTimeLimit, is not killed but left running, out of use, so that somebody can examine it. It loses its sharing channel, outlives Portico, and is yours to end.',
    }),
    orphanActionExe: attribute(text(), {
      default: '',
      means:
        'Program to run when a worker process is orphaned: an absolute path, or a name on the PATH of portico serve. %NAME% stands for an environment variable of Portico. Started without a shell, as the account of portico serve; nobody waits for it.',
    }),
    orphanActionParams: attribute(text(), {
      default: '',
      means:
        'Its parameters, with blanks between them; double quotes keep one together that has blanks. %1% stands for the process id, %NAME% for an environment variable of Portico.',
    }),
    rapidFailProtection: attribute(bool(), {
      default: 'true',
      means:
        'Whether a pool whose worker processes keep failing starts no more of them for a while. Failures are crashes, exceeded startupTimeLimit of a process, and missing answers to pings; an application that only throws while it loads is none. Clients get EndpointUnavailable at once, except those of applications that are loaded. rapidFailRecovery of the section portico says how it ends; a change of the configuration of the pool ends it, too.',
    }),
    rapidFailProtectionInterval: attribute(time({ min: 60, max: 8_640_000, step: 60 }), {
      default: '00:05:00',
      means: 'The time in which failures are counted.',
    }),
    rapidFailProtectionMaxCrashes: attribute(uint({ min: 1, max: greatestInt }), {
      default: '5',
      means: 'Failures within that time after which no more worker processes are started.',
    }),
    autoShutdownExe: attribute(text(), {
      default: '',
      means:
        'Program to run when that happens: an absolute path, or a name on the PATH of portico serve. %NAME% stands for an environment variable of Portico. Started without a shell, as the account of portico serve; nobody waits for it.',
    }),
    autoShutdownParams: attribute(text(), {
      default: '',
      means:
        'Its parameters, with blanks between them; double quotes keep one together that has blanks. %NAME% stands for an environment variable of Portico.',
    }),
  },
  { means: 'What happens when worker processes fail.' },
)
