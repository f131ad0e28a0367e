/** `<processModel>`: who the worker process is, how long it may take to start and stop, and when it is idle. */
import { attribute, element } from './schema.ts'
import { bool, flags, greatestInt, oneOf, text, time, uint } from './values.ts'

const longestLimit = 4_294_967

export const processModel = element(
  {
    identityType: attribute(
      oneOf(['LocalSystem', 'LocalService', 'NetworkService', 'SpecificUser', 'ApplicationPoolIdentity']),
      {
        default: 'ApplicationPoolIdentity',
        means:
          'The account that worker processes run as. LocalSystem: root. LocalService, NetworkService: the account that the section portico names for it, else a user id of its own from poolIdentities. SpecificUser: userName. ApplicationPoolIdentity: a numeric user of the pool alone.',
      },
    ),
    userName: attribute(text(), {
      default: '',
      means: 'The Unix account when identityType is SpecificUser, which needs it; the others do not use it.',
    }),
    password: attribute(text(), {
      default: '',
      means:
        'Password of userName. Linux needs none to run a process as another account: best removed. It is never shown.',
      effect: 'notOnLinux',
      actsAs: '',
      why: 'is not needed: Linux runs a process as another account without its password; best remove it',
      secret: true,
    }),
    loadUserProfile: attribute(bool(), {
      default: 'false',
      means:
        'Whether the profile folder of the pool is made ready for its worker processes. HOME, USER, LOGNAME and SHELL are set then, unless setProfileEnvironment is false.',
    }),
    setProfileEnvironment: attribute(bool(), {
      default: 'true',
      means: 'Whether loadUserProfile sets HOME, USER, LOGNAME and SHELL.',
    }),
    logonType: attribute(oneOf(['LogonBatch', 'LogonService']), {
      default: 'LogonBatch',
      means: 'How the account logs on to Windows.',
      effect: 'notOnLinux',
    }),
    manualGroupMembership: attribute(bool(), {
      default: 'false',
      means:
        'Whether the identity is left out of the group of all pools, and so out of S-1-5-32-568, by which allowAccounts admits pools. Otherwise it belongs to it.',
    }),
    idleTimeout: attribute(time({ max: 2_592_000, step: 60 }), {
      default: '00:20:00',
      means:
        'A worker process that had nothing to do for this long, no connection and no lease, is ended or suspended (idleTimeoutAction). 00:00:00 keeps it for ever, and so does startMode="AlwaysRunning".',
    }),
    idleTimeoutAction: attribute(oneOf(['Terminate', 'Suspend']), {
      default: 'Terminate',
      means:
        'Terminate ends an idle worker process. Suspend stops it where it is (SIGSTOP) and gives its memory back as far as the kernel lets it; the next connection lets it go on, without a start. Its timers are late then.',
    }),
    maxProcesses: attribute(uint({ max: greatestInt }), {
      default: '1',
      means:
        'Worker processes of the pool at once. More than 1 makes a web garden: as long as each of them has a connection, the next one starts another, up to that many, and each connection goes to the one with the fewest. 0 means one for each NUMA node.',
    }),
    shutdownTimeLimit: attribute(time({ min: 1, max: longestLimit }), {
      default: '00:01:30',
      means: 'Time for a worker process to finish its connections and end, once it was told to. Then it is killed.',
    }),
    startupTimeLimit: attribute(time({ min: 1, max: longestLimit }), {
      default: '00:01:30',
      means:
        'Time for a worker process from its launch until it is ready. Then it is killed, and waiting clients are told that activation failed.',
    }),
    pingingEnabled: attribute(bool(), {
      default: 'true',
      means:
        'Whether worker processes are asked regularly if they still answer. They are not asked while an application loads, which startupTimeLimit bounds.',
    }),
    pingInterval: attribute(time({ min: 1, max: longestLimit }), {
      default: '00:00:30',
      means: 'Time between two such questions.',
    }),
    pingResponseTime: attribute(time({ min: 1, max: longestLimit }), {
      default: '00:01:30',
      means:
        'Time to answer one. A worker process that does not is killed, and its connections end; the next connection starts another one.',
    }),
    logEventOnProcessModel: attribute(flags(['IdleTimeout']), {
      default: 'IdleTimeout',
      means:
        'Which ends of a worker process are told as an event of Windows: with IdleTimeout that of an idle one has the event id 5186, or 5195 while memory is scarce. The log and the history have all of them, with or without an id.',
    }),
    requestQueueDelegatorIdentity: attribute(text(), {
      default: '',
      means: 'Account that may hand on requests of the HTTP queue of Windows.',
      effect: 'notOnLinux',
      actsAs: '',
    }),
  },
  { means: 'Identity and life of the worker processes of a pool.' },
)
