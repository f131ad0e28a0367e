/** Every error that Portico raises: its sentence, its remedy, and what a client that waits for an answer gets. */

/**
 * What the client of the failed connection gets: a framing fault, or `close` (the connection ends without a byte).
 * `none` marks errors that are not on the way of a connection.
 */
export type Reply =
  | 'EndpointNotFound'
  | 'EndpointUnavailable'
  | 'ServiceActivationFailed'
  | 'ConnectionDispatchFailed'
  | 'ServerTooBusy'
  | 'close'
  | 'none'

/** One error: `says` makes the sentence of its arguments. Codes are stable; a retired one is never used again. */
export interface CatalogueEntry {
  says(args: never): string
  readonly remedy: string
  readonly reply: Reply
  readonly windowsEventId?: number
}

/** One problem of the configuration in its parts, for programs; `problems` has the same as sentences. */
interface ConfigProblem {
  readonly file: string
  readonly line: number
  readonly element?: string
  readonly attribute?: string
  readonly value?: string
  readonly expected: string
}

export const catalogue = {
  // Configuration
  CONFIG_INVALID: {
    says: (a: { problems: readonly string[]; details?: readonly ConfigProblem[] }) =>
      a.problems.length === 1
        ? `the configuration has a problem: ${a.problems[0]}`
        : `the configuration has ${a.problems.length} problems:\n${a.problems.map((p) => `  ${p}`).join('\n')}`,
    remedy:
      'Correct the named lines. While Portico runs, the last good configuration stays in force; a web.config is read again when its application loads again.',
    reply: 'none',
  },
  CONTRACT_UNREADABLE: {
    says: (a: { problems: readonly string[] }) =>
      a.problems.length === 1
        ? `no contract can be made of the files: ${a.problems[0]}`
        : `no contract can be made of the files, for ${a.problems.length} reasons:\n${a.problems.map((p) => `  ${p}`).join('\n')}`,
    remedy:
      'Give the WSDL file of the service as WCF publishes it (?singleWsdl), or all files of ?wsdl in one folder. docs/wcf.md says what can be read; declare the rest by hand.',
    reply: 'none',
  },
  FILE_NOT_WRITTEN: {
    says: (a: { file: string; reason: string }) => `${a.file} can't be written: ${a.reason}`,
    remedy: 'Name a file in a folder that exists and that you may write to, with --out.',
    reply: 'none',
  },
  FILE_NOT_OVERWRITTEN: {
    says: (a: { file: string }) => `${a.file} is there already and was left as it is`,
    remedy: 'Name another file with --out, or replace it with --force: what was written into it is then lost.',
    reply: 'none',
  },
  CONFIG_UNREADABLE: {
    says: (a: { file: string; reason: string }) => `the configuration file ${a.file} can't be read: ${a.reason}`,
    remedy:
      'Create the file or make it readable for the account that reads it, or name another folder with --config. A web.config is read by the account of its pool, everything else by that of portico serve.',
    reply: 'none',
  },
  SERVICE_FILE_INVALID: {
    says: (a: { file: string; line: number; wrong: string }) => `${a.file}:${a.line}: the service file ${a.wrong}`,
    remedy: 'Correct the file. The other services of the application are not affected.',
    reply: 'ServiceActivationFailed',
  },
  SERVICE_FILE_UNREADABLE: {
    says: (a: { file: string; reason: string }) => `the service file ${a.file} can't be read: ${a.reason}`,
    remedy: 'Make it a file that the account of the pool can read; portico identity shows that account.',
    reply: 'ServiceActivationFailed',
  },

  // Registry
  APPS_FOLDER_MISSING: {
    says: (a: { folder: string }) => `the application folder ${a.folder} does not exist`,
    remedy: 'Create it, or name another one with --apps.',
    reply: 'none',
  },
  APPS_FOLDER_UNREADABLE: {
    says: (a: { folder: string; reason: string }) => `the application folder ${a.folder} can't be read: ${a.reason}`,
    remedy: 'Let the account that runs portico serve read and search it. Until then what was deployed stays deployed.',
    reply: 'none',
  },
  FOLDER_NOT_WATCHED: {
    says: (a: { folder: string; reason: string }) => `the kernel doesn't watch the folder ${a.folder}: ${a.reason}`,
    remedy:
      'Nothing needs to be done: changes are looked for every second. To have them told at once, raise fs.inotify.max_user_watches or fs.inotify.max_user_instances with sysctl and restart Portico.',
    reply: 'none',
  },

  // Framing
  FRAMING_INVALID: {
    says: (a: { problem: string; position: number; state: string }) =>
      `the bytes are no net.tcp framing: ${a.problem} (byte ${a.position}, ${a.state})`,
    remedy: 'See what connects to this port: it needs a net.tcp client with a binding that the service has too.',
    reply: 'close',
  },

  // Launcher
  WORKER_NOT_LAUNCHED: {
    says: (a: { worker: string; pool: string; reason: string }) =>
      `the worker process ${a.worker} of application pool ${a.pool} can't be started: ${a.reason}`,
    remedy:
      "Correct what the reason names. Where it names PM2, the file pm2.log in PM2's folder below Portico's home has what PM2 itself said.",
    reply: 'ServiceActivationFailed',
  },
  WORKER_NOT_ENDED: {
    says: (a: { worker: string; pid: number }) =>
      `the worker process ${a.worker} (pid ${a.pid}) lives on after SIGKILL`,
    remedy:
      'A process that the kernel holds (state D in ps, as on a network file system that is gone) ends when that lets go of it. Free the device or restart the machine.',
    reply: 'none',
  },
  PM2_MISSING: {
    says: (a: { reason: string }) => `the package pm2, which starts the worker processes, can't be loaded: ${a.reason}`,
    remedy: "Install Portico's packages: npm ci in its folder.",
    reply: 'ServiceActivationFailed',
  },
  PM2_HOME_UNUSABLE: {
    says: (a: { home: string; reason: string }) => `PM2 can't work in the folder ${a.home}: ${a.reason}`,
    remedy:
      'Give the folder to the account that runs portico serve, with mode 0700, or name a shorter or another folder with --home.',
    reply: 'ServiceActivationFailed',
  },
  PM2_NOT_STARTED: {
    says: (a: { home: string; reason: string }) => `PM2's daemon doesn't start in ${a.home}: ${a.reason}`,
    remedy: 'Read pm2.log in that folder and remove the cause; the next connection tries again.',
    reply: 'ServiceActivationFailed',
  },
  PM2_LOST: {
    says: (a: { home: string; reason: string }) => `PM2's daemon of ${a.home} is gone: ${a.reason}`,
    remedy: 'Nothing needs to be done: the next start of a worker process starts the daemon again.',
    reply: 'ServiceActivationFailed',
  },
  PM2_NOT_ANSWERING: {
    says: (a: { home: string; call: string; waited: string }) =>
      `PM2's daemon of ${a.home} gave no answer to ${a.call} within ${a.waited}`,
    remedy:
      'If it stays so, end the daemon with kill -KILL; its pid stands in pm2.pid of that folder. The worker processes live on, and Portico starts a new daemon.',
    reply: 'ServiceActivationFailed',
  },

  // Home
  HOME_NOT_WRITABLE: {
    says: (a: { home: string; reason: string }) => `Portico's home ${a.home} can't be used: ${a.reason}`,
    remedy: 'Give the folder to the account that runs portico serve, or name another one with --home.',
    reply: 'none',
  },
  HOME_IN_USE: {
    says: (a: { home: string }) => `another portico serve runs with the home ${a.home}`,
    remedy: 'portico status shows it, portico stop ends it; a second one needs a home of its own (--home).',
    reply: 'none',
  },
  SOCKET_PATH_TOO_LONG: {
    says: (a: { path: string; bytes: number; limit: number }) =>
      `the path of the socket ${a.path} has ${a.bytes} bytes, and the system allows ${a.limit}`,
    remedy: 'Name a shorter folder with --home.',
    reply: 'none',
  },
  NOT_RUNNING: {
    says: (a: { home: string }) => `no portico serve runs with the home ${a.home}`,
    remedy: 'Start it with portico serve, or name the right home with --home.',
    reply: 'none',
  },

  ADMIN_REFUSED: {
    says: (a: { home: string }) => `this account may not talk to the portico serve of the home ${a.home}`,
    remedy: 'Run the command as the account that runs portico serve, or as root.',
    reply: 'none',
  },
  ADMIN_FAILED: {
    says: (a: { home: string; reason: string }) =>
      `the portico serve of the home ${a.home} broke off its answer: ${a.reason}`,
    remedy: 'Try again; portico.log in the logs of its home says what it is doing.',
    reply: 'none',
  },

  EVENTS_NOT_READABLE: {
    says: (a: { folder: string; reason: string }) => `the events in ${a.folder} can't be read: ${a.reason}`,
    remedy: 'Run the command as the account that runs portico serve, or as root.',
    reply: 'none',
  },
  EVENTS_MISSING: {
    says: (a: { home: string }) => `there are no events of the home ${a.home}: no portico serve has run with it`,
    remedy: 'Start it with portico serve, or name the right home with --home.',
    reply: 'none',
  },
  EVENTS_OF_UNKNOWN: {
    says: (a: { what: string; name: string; known: readonly string[] }) =>
      `there is no ${a.what} ${a.name}, and no event names it; there is ${a.known.join(', ') || 'none'}`,
    remedy: 'Write the name as portico list shows it.',
    reply: 'none',
  },

  // Listener
  PORT_IN_USE: {
    says: (a: { address: string; port: number }) => `port ${a.port} of ${a.address} is in use by another process`,
    remedy:
      'Find it with ss -ltnp, end it, or choose another port: in bindingInformation of applicationHost.config, or in the address that a self-hosted service registers.',
    reply: 'none',
  },
  PORT_NOT_PERMITTED: {
    says: (a: { address: string; port: number }) => `this account may not listen on port ${a.port} of ${a.address}`,
    remedy:
      'Run portico serve as root, give it the capability CAP_NET_BIND_SERVICE, or choose a port from 1024 up in bindingInformation of applicationHost.config.',
    reply: 'none',
  },
  PORT_NOT_OPENED: {
    says: (a: { address: string; port: number; reason: string }) =>
      `port ${a.port} of ${a.address} can't be opened: ${a.reason}`,
    remedy: 'Check that the address in bindingInformation belongs to this machine (ip address).',
    reply: 'none',
  },
  ACCEPT_FAILED: {
    says: (a: { port: number; reason: string }) => `connections on port ${a.port} can't be accepted: ${a.reason}`,
    remedy: 'If the process is out of file descriptors, raise the limit (ulimit -n, LimitNOFILE=).',
    reply: 'close',
  },
  PORT_OPEN_AT_AN_ADDRESS: {
    says: (a: { port: number; addresses: readonly string[] }) =>
      `port ${a.port} can't be opened at every address, because Portico listens on it at ${a.addresses.join(', ')} already`,
    remedy:
      'Use that address, too, or move what needs it there (portico explain shows who asks for the port); Linux has no socket for every address beside one for one of them.',
    reply: 'none',
  },
  PORT_CLOSED: {
    says: (a: { port: number }) => `port ${a.port} was closed: what answered there has gone`,
    remedy:
      'Nothing needs to be done if that was meant. portico status lists the ports; one is open as long as a site binding or a registration needs it.',
    reply: 'close',
  },
  PREAMBLE_TIMED_OUT: {
    says: (a: { seconds: number }) => `the client's preamble was not complete after ${a.seconds} s`,
    remedy:
      'See whether the client is a net.tcp client; on slow networks raise receiveTimeout of net.tcp in SMSvcHost.exe.config.',
    reply: 'close',
  },
  PREAMBLE_CUT_OFF: {
    says: (a: { received: number }) =>
      `the client ended the connection within its preamble (${a.received} bytes had come)`,
    remedy: 'Nothing needs to be done unless it happens often: then look at the client.',
    reply: 'close',
  },
  CONNECTION_BROKEN: {
    says: (a: { reason: string }) => `the connection broke: ${a.reason}`,
    remedy: 'Nothing needs to be done unless it happens often: then look at the client and the network.',
    reply: 'close',
  },
  TOO_MANY_BEING_READ: {
    says: (a: { limit: number }) => `the preambles of ${a.limit} connections are being read already`,
    remedy:
      'See where silent connections come from, or raise maxPendingConnections of net.tcp in SMSvcHost.exe.config.',
    reply: 'close',
  },

  // Routing
  NO_APPLICATION: {
    says: (a: { via: string }) => `nothing serves ${a.via}`,
    remedy: 'Check the address; portico status lists the applications. Copying a folder into apps/ deploys one.',
    reply: 'EndpointNotFound',
  },
  REGISTRATION_LEFT: {
    says: (a: { via: string; name: string }) => `${a.name} went while the connection for ${a.via} waited for it`,
    remedy:
      'Nothing needs to be done if that was meant; its clients try again. portico list registrations shows who is there.',
    reply: 'close',
  },
  PROTOCOL_NOT_ENABLED: {
    says: (a: { app: string; protocol: string }) => `application ${a.app} isn't enabled for ${a.protocol}`,
    remedy: 'Add the protocol to enabledProtocols of its <application> element in applicationHost.config.',
    reply: 'EndpointUnavailable',
  },

  // Registration
  REGISTRATION_INVALID: {
    says: (a: { uri: string; problem: string }) => `${a.uri} can't be registered: ${a.problem}`,
    remedy:
      'Register an absolute net.tcp address without user info, query and fragment, as net.tcp://+:9000/orders; docs/sharing-protocol.md has the rules.',
    reply: 'none',
  },
  REGISTRATION_PROTOCOL_UNSUPPORTED: {
    says: (a: { uri: string; scheme: string }) => `${a.uri} can't be registered: ${a.scheme} is not shared`,
    remedy: 'Register a net.tcp address.',
    reply: 'none',
  },
  REGISTRATION_PATH_TOO_LONG: {
    says: (a: { bytes: number; limit: number }) =>
      `the address to be registered has ${a.bytes} bytes, and ${a.limit} is the most`,
    remedy: 'Register a shorter address; connections for everything below it come as well.',
    reply: 'none',
  },
  REGISTRATION_QUOTA_USED_UP: {
    says: (a: { uri: string; account: string; limit: number; file: string }) =>
      `${a.uri} can't be registered: ${a.account} has ${a.limit} registrations already, as many as maxRegistrations in the section portico of ${a.file} allows`,
    remedy: 'Register one address that the others lie below, or let an administrator raise maxRegistrations.',
    reply: 'none',
  },
  URI_ALREADY_REGISTERED: {
    says: (a: { uri: string; mode: string; holder: string }) => `${a.uri} (${a.mode}) belongs to ${a.holder} already`,
    remedy: 'Register another address, or end what holds this one; portico list registrations shows all.',
    reply: 'none',
  },
  REGISTRATION_SETTINGS_DIFFER: {
    says: (a: { uri: string; asked: string; inForce: string; differences: readonly string[] }) =>
      `${a.asked} can't join the registration of ${a.uri}, where the binding settings of ${a.inForce} are in force: ${a.differences.join('; ')}`,
    remedy: 'Give both endpoints the same values, or register the later one at an address of its own below this one.',
    reply: 'none',
  },
  PORT_RESERVED: {
    says: (a: { port: number; account: string }) => `port ${a.port} is one of root's, and ${a.account} asks for it`,
    remedy:
      'Choose a port from 1024 up. Or let an administrator give the site a binding on this port in applicationHost.config: then those whom allowAccounts admits may register there.',
    reply: 'none',
  },

  // Identity
  POOL_NOT_ADMITTED: {
    says: (a: {
      pool: string
      account: string
      sids: readonly string[]
      element: string
      file: string
      line: number
    }) =>
      `application pool ${a.pool} does not start: its account ${a.account} may not share ports, because allowAccounts of net.tcp in ${a.file}:${a.line} names none of its SIDs (${a.sids.join(', ')}); ${a.element} there would admit it`,
    remedy:
      'Add the element, or give the pool an identity that is admitted; portico identity <pool> shows what it has.',
    reply: 'ServiceActivationFailed',
  },
  PEER_NOT_ADMITTED: {
    says: (a: {
      account: string
      pid: number
      wants: string
      sids: readonly string[]
      element: string
      file: string
      line: number
    }) =>
      `process ${a.pid} of ${a.account} may not share ports (it asked for ${a.wants}): allowAccounts of net.tcp in ${a.file}:${a.line} names none of its SIDs (${a.sids.join(', ')}); ${a.element} there would admit it`,
    remedy: 'An administrator adds the element, or that of a group of the account; it is in force at once.',
    reply: 'none',
  },
  SHARING_DISABLED: {
    says: (a: { who: string; file: string }) =>
      `${a.who} can't share ports: sharing is disabled by sharingStartMode="disabled" in the section portico of ${a.file}`,
    remedy: 'Set sharingStartMode="automatic" or "demand" there; it is in force at once.',
    reply: 'ServiceActivationFailed',
  },
  ACCOUNTS_UNREADABLE: {
    says: (a: { reason: string }) => `users and groups of this machine can't be looked up: ${a.reason}`,
    remedy: 'See whether the sources named in /etc/nsswitch.conf work: getent passwd root.',
    reply: 'ServiceActivationFailed',
  },
  IDENTITY_UNKNOWN: {
    says: (a: { pool: string; account: string }) =>
      `application pool ${a.pool} does not start: this machine has no user ${a.account}`,
    remedy:
      'Correct userName in processModel of the pool (or the service account in the section portico) in applicationHost.config, or create the user.',
    reply: 'ServiceActivationFailed',
  },
  IDENTITY_NOT_FOUND: {
    says: (a: { who: string }) =>
      `${a.who} is no user, no group, no application pool, no well-known name, no SID and no process of this machine`,
    remedy: 'Names of groups may begin with %; a number is the pid of a process, and the user 1000 is S-1-22-1-1000.',
    reply: 'none',
  },
  IDENTITY_NOT_GIVEN: {
    says: (a: { holder: string; file: string }) => `${a.holder} has no numeric user yet in ${a.file}`,
    remedy: 'Nothing needs to be done: it gets one when the pool starts.',
    reply: 'none',
  },
  IDENTITY_NEEDS_ROOT: {
    says: (a: { pool: string; identityType: string; account: string; self: string }) =>
      `application pool ${a.pool} does not start: its identity ${a.identityType} (${a.account}) needs a portico serve that runs as root, and this one runs as ${a.self}`,
    remedy:
      'Run portico serve as root, or set identityType="ApplicationPoolIdentity" for the pool: an ordinary user runs all of those as itself.',
    reply: 'ServiceActivationFailed',
  },
  IDENTITY_OVERLAPS: {
    says: (a: { holder: string; id: number; other: string; file: string }) =>
      `the id ${a.id}, which ${a.holder} has by ${a.file}, now belongs to ${a.other} as well`,
    remedy:
      "Give that account another id. Or give up the pool's: remove its line from the file, and it gets a new id; files of the old one stay with that account.",
    reply: 'ServiceActivationFailed',
  },
  IDENTITY_RANGE_USED_UP: {
    says: (a: { holder: string; first: number; last: number; file: string }) =>
      `no id from ${a.first} to ${a.last} is free for ${a.holder}`,
    remedy:
      'Widen poolIdentities in the section portico of applicationHost.config, or remove the lines of pools that are gone from identities.json in the home.',
    reply: 'ServiceActivationFailed',
  },
  IDENTITIES_UNREADABLE: {
    says: (a: { file: string; reason: string }) => `the ids of the pools in ${a.file} can't be read: ${a.reason}`,
    remedy:
      'Repair the file or restore it from a backup. If it is lost, remove it: pools get new ids then, and their files keep the old ones.',
    reply: 'ServiceActivationFailed',
  },
  IDENTITIES_NOT_KEPT: {
    says: (a: { file: string; reason: string }) => `the ids of the pools can't be written to ${a.file}: ${a.reason}`,
    remedy: 'Make room or correct what the reason names; the next connection tries again.',
    reply: 'ServiceActivationFailed',
  },
  POOL_FOLDER_UNUSABLE: {
    says: (a: { pool: string; folder: string; reason: string }) =>
      `the private folder ${a.folder} of application pool ${a.pool} can't be used: ${a.reason}`,
    remedy: 'Correct what the reason names, or move the folder away: it is made anew.',
    reply: 'ServiceActivationFailed',
  },
  ROOT_POOL_NOT_SAFE: {
    says: (a: { app: string; pool: string; found: readonly string[] }) =>
      `application ${a.app} is not loaded: pool ${a.pool} runs as root, and others may change what it would load:\n${a.found.map((each) => `  ${each}`).join('\n')}`,
    remedy:
      'Give these to root and take the right to write from others (chown -R root:root, chmod -R go-w), or give the pool another identity.',
    reply: 'ServiceActivationFailed',
  },

  // Activation
  POOL_STOPPED: {
    says: (a: { pool: string; why: string }) => `application pool ${a.pool} is stopped (${a.why})`,
    remedy:
      'Start it: portico pool start <name>. One that is to start with Portico has autoStart="true" in applicationHost.config.',
    reply: 'EndpointUnavailable',
  },
  SUCCESSOR_LOST: {
    says: (a: { pool: string; worker: string }) =>
      `the worker process ${a.worker}, which was to take over application pool ${a.pool}, ended before it had loaded the applications`,
    remedy:
      'The one before it goes on. Look into the log of the pool for why it ended, then: portico pool recycle <name>.',
    reply: 'ServiceActivationFailed',
  },
  POOL_UNKNOWN: {
    says: (a: { pool: string; known: readonly string[] }) =>
      `there is no application pool ${a.pool}; there are ${a.known.join(', ')}`,
    remedy: 'Correct the name; upper and lower case are the same.',
    reply: 'none',
  },
  POOL_FAILING: {
    says: (a: { pool: string; crashes: number; seconds: number; cause: string; next: string }) =>
      `application pool ${a.pool} is failing: ${a.crashes} worker processes failed within ${a.seconds} s (the last: ${a.cause}); ${a.next}`,
    remedy:
      'Read the log of the pool and remove the cause. portico pool start <name>, or a change of the configuration of the pool, lets worker processes start at once.',
    reply: 'EndpointUnavailable',
  },
  POOL_CPU_USED_UP: {
    says: (a: { pool: string; limit: number; seconds: number; until: string }) =>
      `the worker processes of application pool ${a.pool} used up ${a.limit} % of all processors over ${a.seconds} s and were ended; none starts before ${a.until}`,
    remedy:
      'Find out what it computes. Raise limit of <cpu> in applicationHost.config, which lets it start at once; or choose action="Throttle", which slows the pool down and ends nothing.',
    reply: 'EndpointUnavailable',
  },
  POOL_WITHOUT_PROCESSORS: {
    says: (a: { pool: string; masks: string; present: string }) =>
      `the affinity masks ${a.masks} of application pool ${a.pool} name no processor that Portico may use (${a.present})`,
    remedy:
      'Correct smpProcessorAffinityMask and smpProcessorAffinityMask2 in applicationHost.config (processor 0 is 1, processors 0 and 1 are 3), or set smpAffinitized="false".',
    reply: 'ServiceActivationFailed',
  },
  LIMIT_NOT_IN_FORCE: {
    says: (a: { pool: string; limit: string; reason: string }) =>
      `application pool ${a.pool} runs without its limit (${a.limit}): ${a.reason}`,
    remedy:
      'Run portico serve as a service of systemd with Delegate=yes (docs/systemd.md), on a machine whose controllers belong to cgroup v2; or remove the limit from the configuration.',
    reply: 'none',
  },
  TOO_MANY_WAITING: {
    says: (a: { name: string; limit: number }) => `${a.limit} connections wait for ${a.name} already`,
    remedy:
      'Find out why it takes them slowly (portico status), or raise maxPendingConnections of net.tcp in SMSvcHost.exe.config and, for a self-hosted service, of its binding.',
    reply: 'close',
  },
  TOO_MANY_WAITING_IN_POOL: {
    says: (a: { app: string; pool: string; own: number; limit: number }) =>
      `${a.limit} connections wait for the applications of pool ${a.pool} already, ${a.own} of them for application ${a.app}, which has its share`,
    remedy:
      'Find out why it takes them slowly (portico list connections), or raise maxWaitingConnections of the pool in the section portico of applicationHost.config.',
    reply: 'close',
  },
  WAITED_TOO_LONG: {
    says: (a: { app: string; pool: string; seconds: number; what: string }) =>
      `the connection waited ${a.seconds} s for application ${a.app} of pool ${a.pool}, at last for ${a.what}`,
    remedy:
      'See what is busy: portico list connections shows what each waits for. Raise startConcurrency where it is the turn to start, maxConnections of the binding where the application accepts too slowly; or raise waitingTimeLimit of the pool in the section portico of applicationHost.config.',
    reply: 'ServerTooBusy',
  },
  WAITED_TOO_LONG_FOR_ACTIVATION: {
    says: (a: { app: string; pool: string; seconds: number; what: string }) =>
      `the connection waited ${a.seconds} s for application ${a.app} of pool ${a.pool}, at last for ${a.what}`,
    remedy:
      'portico events --pool <name> tells what its worker processes did meanwhile. If the application needs that long, raise waitingTimeLimit of the pool in the section portico of applicationHost.config.',
    reply: 'ServiceActivationFailed',
  },
  CLIENT_GAVE_UP: {
    says: (a: { app: string; pool: string; seconds: number; what: string }) =>
      `the client broke the connection off after it had waited ${a.seconds} s for application ${a.app} of pool ${a.pool}, at last for ${a.what}`,
    remedy:
      'If clients give up often, their time limit (OpenTimeout in WCF, a minute) is shorter than a start takes: keep the pool running (startMode="AlwaysRunning"), or raise the limit.',
    reply: 'close',
  },
  DEMAND_STARTS_USED_UP: {
    says: (a: { pool: string; count: number; limit: number }) =>
      `a connection needs a worker process of application pool ${a.pool}, and ${a.count} worker processes run on demand already; demandStartThreshold of webLimits allows ${a.limit}`,
    remedy:
      'portico list workers shows them. Raise demandStartThreshold in applicationHost.config if the machine can carry more, or let idle ones end sooner: idleTimeout of pools, dynamicIdleThreshold of webLimits.',
    reply: 'ServerTooBusy',
  },
  APPLICATION_STILL_ARRIVING: {
    says: (a: { app: string; folder: string; seconds: number }) =>
      `files in ${a.folder} of application ${a.app} kept changing for ${a.seconds} s`,
    remedy:
      'Copy to another folder first and rename it into place; keep files that change, like logs, out of the folder.',
    reply: 'ServiceActivationFailed',
  },
  APPLICATION_DID_NOT_LOAD: {
    says: (a: { app: string; pool: string; reason: string }) =>
      `application ${a.app} did not load in a worker process of pool ${a.pool}: ${a.reason}`,
    remedy: 'Correct the application; the next connection tries again. The log of the pool has the whole error.',
    reply: 'ServiceActivationFailed',
  },
  APPLICATION_ENDED_ITS_WORKER: {
    says: (a: { app: string; pool: string; how: string }) =>
      `a worker process of pool ${a.pool} ended (${a.how}) while application ${a.app} was loading`,
    remedy: 'Look for process.exit() or a crash in its entry module; the log of the pool has the last output.',
    reply: 'ServiceActivationFailed',
  },
  APPLICATION_START_TIMED_OUT: {
    says: (a: { app: string; pool: string; seconds: number }) =>
      `application ${a.app} of pool ${a.pool} was not ready ${a.seconds} s after it was asked to load`,
    remedy: 'Look for what its entry module or its start() waits for, or raise startupTimeLimit of the pool.',
    reply: 'ServiceActivationFailed',
  },
  WORKER_DID_NOT_START: {
    says: (a: { pool: string; how: string }) =>
      `a worker process of pool ${a.pool} ended before it was ready (${a.how})`,
    remedy: 'The log of the pool has its last output.',
    reply: 'ServiceActivationFailed',
  },
  WORKER_START_TIMED_OUT: {
    says: (a: { pool: string; seconds: number }) =>
      `a worker process of pool ${a.pool} did not come to its sharing channel within ${a.seconds} s`,
    remedy: 'The log of the pool may say why; on a busy machine raise startupTimeLimit of the pool.',
    reply: 'ServiceActivationFailed',
  },
  WORKERS_KEEP_ENDING: {
    says: (a: { app: string; pool: string; count: number }) =>
      `${a.count} worker processes of pool ${a.pool} ended before they took the connection for application ${a.app}`,
    remedy: 'Look into the log of the pool for why its worker processes end.',
    reply: 'ConnectionDispatchFailed',
  },
  DISPATCH_REFUSED: {
    says: (a: { worker: string; reason: string }) => `${a.worker} did not take the connection: ${a.reason}`,
    remedy:
      'If it is out of file descriptors, raise the limit (ulimit -n, LimitNOFILE=) or let it keep fewer connections.',
    reply: 'ConnectionDispatchFailed',
  },
  DISPATCH_LOST: {
    says: (a: { name: string; count: number; reason: string }) =>
      `${a.count} processes ended before they took the connection for ${a.name} (the last: ${a.reason})`,
    remedy: 'Look into the log of the pool, or of the self-hosted service, for why its processes end.',
    reply: 'ConnectionDispatchFailed',
  },
  SHUTTING_DOWN: {
    says: (_: object) => 'Portico is shutting down',
    remedy: 'Start it again with portico serve.',
    reply: 'close',
  },

  // Sessions in the worker host
  SESSION_NOT_ACCEPTED: {
    says: (a: { via: string; why: string }) => `the application did not accept the session for ${a.via}: ${a.why}`,
    remedy: 'Let its session handler iterate, send or call accept(), or refuse() with a fault.',
    reply: 'ServiceActivationFailed',
  },
  SESSION_REFUSED: {
    says: (a: { via: string; fault: string }) => `the application refused the session for ${a.via} with ${a.fault}`,
    remedy: 'None is needed if the application meant to.',
    reply: 'close',
  },
  SESSION_FAILED: {
    says: (a: { via: string; reason: string }) => `the application's session handler for ${a.via} threw: ${a.reason}`,
    remedy: 'Correct the handler, or let it catch what it can answer. Only this connection has ended.',
    reply: 'close',
  },
  SESSION_BROKEN_OFF: {
    says: (a: { via: string; how: string }) => `the client of the session for ${a.via} has gone: ${a.how}`,
    remedy: 'See whether the client was ended, ran into a time limit, or lost the network.',
    reply: 'close',
  },
  SESSION_NOT_ENDED: {
    says: (a: { via: string; why: string }) =>
      `the session for ${a.via} was over, but the client did not end it: ${a.why}`,
    remedy: 'Let the handler read until the client ends the session, or let the client close it.',
    reply: 'close',
  },
  SESSION_MISUSED: {
    says: (a: { via: string; problem: string }) => `the session for ${a.via} was used wrongly: ${a.problem}`,
    remedy: 'See the comments of the Session type for what may follow what.',
    reply: 'none',
  },
  MESSAGE_TOO_LARGE: {
    says: (a: { via: string; size: number; limit: number }) =>
      `the client announced a message of ${a.size} bytes for ${a.via}, the limit is ${a.limit}`,
    remedy: 'Raise maxReceivedMessageSize of the application or of its binding if it should take such messages.',
    reply: 'close',
  },
  SERVICE_NOT_FOUND: {
    says: (a: { via: string; app: string; known: readonly string[] }) =>
      a.known.length === 0
        ? `no endpoint of application ${a.app} listens at ${a.via}`
        : `no service of application ${a.app} is at ${a.via}; there are ${a.known.join(', ')}`,
    remedy:
      'Correct the address, or add the .svc file, the entry of serviceActivations, or the endpoint in web.config of the application.',
    reply: 'EndpointNotFound',
  },
  SERVICE_NOT_ACTIVATED: {
    says: (a: { app: string; service: string; reason: string }) =>
      `ServiceActivationException: the service ${a.service} of application ${a.app} could not be started: ${a.reason}`,
    remedy: 'Correct what the reason names. The next connection tries again; other services and applications go on.',
    reply: 'ServiceActivationFailed',
  },
  SERVICE_NOT_DEFINED: {
    says: (a: { service: string; name: string }) =>
      `the entry module has no service named "${a.name}", which ${a.service} asks for, and answers no connections itself`,
    remedy: 'Export it: services: { "the name": { session() {} } }; upper and lower case differ.',
    reply: 'ServiceActivationFailed',
  },
  BINDING_SETTINGS_DIFFER: {
    says: (a: { app: string; endpoint: string; inForce: string; differences: readonly string[] }) =>
      `the binding settings of ${a.endpoint} differ from those in force for application ${a.app}, which its first endpoint has fixed (${a.inForce}): ${a.differences.join('; ')}`,
    remedy:
      'Give all endpoints of the application the same values, or move the service to an application of its own. Which one is the first depends on who is called first after a start.',
    reply: 'ServiceActivationFailed',
  },
  ENDPOINT_NOT_HOSTED: {
    says: (a: { endpoint: string; address: string; app: string; bases: readonly string[] }) =>
      `the address ${a.address} of ${a.endpoint} is not below application ${a.app} at a binding of its site (${a.bases.join(', ')})`,
    remedy: 'Write a relative address, or one below the application at the host and port of a site binding.',
    reply: 'ServiceActivationFailed',
  },
  ENDPOINT_MODE_UNSUPPORTED: {
    says: (a: { via: string; mode: string; transferMode: string }) =>
      `the client opened a ${a.mode} session, and transferMode of the endpoint at ${a.via} is ${a.transferMode}`,
    remedy: 'Give both sides the same transferMode: Buffered makes duplex sessions, the streamed ones singleton ones.',
    reply: 'close',
  },
  UPGRADE_NOT_OFFERED: {
    says: (a: { via: string; upgrade: string }) =>
      `the client asked to secure the session for ${a.via} by ${a.upgrade}`,
    remedy:
      'Set security mode="None" in the client\'s binding, or serve it by an application that secures connections.',
    reply: 'close',
  },

  // The client library of self-hosted services
  SHARING_NOT_RUNNING: {
    says: (a: { uri: string; socket: string; reason: string }) =>
      `${a.uri} can't be shared: no Portico answers at ${a.socket} (${a.reason})`,
    remedy: 'Start Portico with portico serve, or name its home: PORTICO_HOME, or the option home of share().',
    reply: 'none',
  },
  SHARING_SOCKET_CLOSED: {
    says: (a: { uri: string; socket: string; reason: string }) =>
      `${a.uri} can't be shared: this account may not pass to ${a.socket} (${a.reason})`,
    remedy:
      'Let the account search every folder on the way to it (chmod o+x), or name the home of another Portico: PORTICO_HOME, or the option home of share().',
    reply: 'none',
  },
  SHARING_URI_TOO_LONG: {
    says: (a: { uri: string; bytes: number; limit: number }) =>
      `${a.uri} can't be shared: it has ${a.bytes} bytes in UTF-8, and ${a.limit} are allowed`,
    remedy: 'Choose a shorter path.',
    reply: 'none',
  },
  SHARING_ASKED_WRONGLY: {
    says: (a: { uri: string; problem: string }) => `${a.uri} can't be shared: ${a.problem}`,
    remedy: 'Correct the options of share().',
    reply: 'none',
  },
  SHARED_HERE_ALREADY: {
    says: (a: { uri: string }) => `${a.uri} can't be shared: this process shares it already`,
    remedy: 'Close the service that shares it, or choose another path; several iterators may take from one service.',
    reply: 'none',
  },
  SHARING_SETTINGS_DIFFER: {
    says: (a: { uri: string; registered: string; by: string; differences: readonly string[] }) =>
      `${a.uri} can't be shared: its binding settings differ from those of ${a.by}, which are in force for ${a.registered}, and no longer path is left to register it by itself: ${a.differences.join('; ')}`,
    remedy: 'Give both endpoints the same settings, or one of them a longer path below its base address.',
    reply: 'none',
  },
} as const satisfies Record<string, CatalogueEntry>

export type Code = keyof typeof catalogue
