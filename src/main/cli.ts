/** The command line: what a person types, and what it answers. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Argument, Command, CommanderError, InvalidArgumentError } from 'commander'
import { systemCodeOf } from '#base/errors.ts'
import { defaultHome } from '#base/home.ts'
import { pathsOf } from './home.ts'
import { listed } from './list-command.ts'
import { explain } from './log.ts'
import { poolActions } from './pool-command.ts'
import { servedFolders } from './served-folders.ts'
import { sinceWhen } from './since.ts'
import { holdHeap } from './start-heap.ts'

const root = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** Exit codes: 0 done, 1 it failed, 2 wrong usage. */
const wrongUsage = 2

const positive = (text: string): number => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number from 1 up.')
  return number
}

const since = (text: string): number => {
  const at = sinceWhen(text, Date.now())
  if (at === undefined) throw new InvalidArgumentError('It must be a time, or a duration as 90s, 10m, 2h or 7d.')
  return at
}

const configOption = ['--config <dir>', 'folder of applicationHost.config and SMSvcHost.exe.config'] as const
const appsOption = ['--apps <dir>', 'folder whose sub-folders are applications'] as const
const shipped = { config: join(root, 'config'), apps: join(root, 'apps') }
const homeOption = ['--home <dir>', "Portico's home: sockets, logs, PM2's files", defaultHome()] as const

interface FolderOptions {
  readonly config?: string
  readonly apps?: string
  readonly home: string
}

/** The folders that a command looks at: named ones, else those of the last portico serve of the home, else the shipped ones. */
function foldersOf({ config, apps, home }: FolderOptions) {
  const served = servedFolders(pathsOf(resolve(home))) ?? shipped
  return { config: resolve(config ?? served.config), apps: resolve(apps ?? served.apps), home: resolve(home) }
}

interface EventsFlags {
  readonly home: string
  readonly follow?: boolean
  readonly json?: boolean
  readonly pool?: string
  readonly app?: string
  readonly since?: number
}

const program = new Command('portico')
  .description('Starts the worker process of an application when its first connection comes, and hands it the socket.')
  .version(version)
  .showHelpAfterError('(portico --help, or portico <command> --help, shows what is possible)')
  .addHelpText(
    'after',
    `
Examples:
  portico serve                                     serve the applications in apps/
  portico status                                    what listens, what runs, what is wrong
  portico probe net.tcp://localhost:8808/echo       call the sample application
  portico explain net.tcp://localhost:8808/echo     what would answer, and why
  portico list workers                              worker processes; also pools, applications, connections, registrations
  portico events --since 1h                         what became of pools, worker processes and applications, and why
  portico contract orders.wsdl --out index.ts       declare a service as its WSDL file has it
  portico doctor                                    look for what is wrong with accounts and folders
  portico stop                                      end it, letting connections finish

Exit codes: 0 done, 1 it failed, 2 wrong usage.`,
  )

program
  .command('serve')
  .description('serves the applications until it is stopped')
  .option(...configOption, shipped.config)
  .option(...appsOption, shipped.apps)
  .option(...homeOption)
  .addHelpText(
    'after',
    `
Examples:
  portico serve
  portico serve --config /etc/portico --apps /srv/apps --home /var/lib/portico

SIGTERM and SIGINT end it: it stops accepting, lets connections finish for at most shutdownTimeLimit of their pool, and
stops its worker processes. A second signal hurries.`,
  )
  .action(async (options: { config: string; apps: string; home: string }) => {
    holdHeap()
    const { serveCommand } = await import('./serve-command.ts')
    await serveCommand(
      { config: resolve(options.config), apps: resolve(options.apps), home: resolve(options.home) },
      version,
    )
  })

program
  .command('status')
  .description('shows what listens, which applications are deployed, what runs, and what is wrong')
  .option(...homeOption)
  .option('--json', 'as JSON')
  .addHelpText('after', '\nExamples:\n  portico status\n  portico status --json | jq .pools')
  .action(async (options: { home: string; json?: boolean }) => {
    const { statusCommand } = await import('./status-command.ts')
    await statusCommand(resolve(options.home), options.json === true)
  })

program
  .command('list')
  .addArgument(new Argument('<what>', 'what to list').choices(listed))
  .description('lists things of one kind that a running Portico has, with what is known of each')
  .option(...homeOption)
  .option('--json', 'as JSON')
  .addHelpText(
    'after',
    `
Examples:
  portico list workers                              pid, state, age, connections, applications, memory
  portico list connections                          those that wait, are being offered, and are open
  portico list registrations --json | jq .[].uri    addresses that self-hosted services have registered`,
  )
  .action(async (what: (typeof listed)[number], options: { home: string; json?: boolean }) => {
    const { listCommand } = await import('./list-command.ts')
    await listCommand(what, resolve(options.home), options.json === true)
  })

program
  .command('pool')
  .addArgument(new Argument('<action>', 'what to do').choices(poolActions))
  .argument('<name>', 'the application pool')
  .description('starts or stops an application pool, or replaces its worker process while connections go on')
  .option(...homeOption)
  .addHelpText(
    'after',
    `
Examples:
  portico pool stop Orders                          its connections finish, new ones are refused
  portico pool start Orders
  portico pool recycle Orders                       another worker process takes over

A stopped pool starts again with Portico unless its autoStart is false.`,
  )
  .action(async (action: (typeof poolActions)[number], name: string, options: { home: string }) => {
    const { poolCommand } = await import('./pool-command.ts')
    await poolCommand(action, name, resolve(options.home))
  })

program
  .command('events')
  .description('tells what became of application pools, worker processes, applications and Portico itself')
  .option('--follow', 'go on as things happen, until Portico ends')
  .option('--pool <name>', 'of this application pool only')
  .option('--app <path>', 'of this application, and of the worker processes in which it was')
  .option('--since <when>', 'an ISO time, or how long ago: 90s, 10m, 2h, 7d, 01:30:00', since)
  .option(...homeOption)
  .option('--json', 'as JSON, one event a line')
  .addHelpText(
    'after',
    `
Examples:
  portico events --since 2h                         what happened in the last two hours
  portico events --pool Orders --follow             one pool, and what happens to it from now on
  portico events --app /echo --json | jq .event

It reads the files in the home, so it works when Portico doesn't run, too.`,
  )
  .action(async (options: EventsFlags) => {
    const { eventsCommand } = await import('./events-command.ts')
    const { follow = false, json = false, pool, app } = options
    const { home, ...folders } = foldersOf(options)
    await eventsCommand(home, { follow, json, pool, app, since: options.since, ...folders })
  })

program
  .command('explain')
  .argument('<url>', 'the address, as net.tcp://localhost:8808/echo')
  .description('says what would answer an address, by which rules, and why nothing else would; starts nothing')
  .option('--address <ip>', 'the address of this machine at which the connection arrives', '')
  .option(...homeOption)
  .option('--json', 'as JSON')
  .addHelpText(
    'after',
    `
Examples:
  portico explain net.tcp://localhost:8808/echo
  portico explain net.tcp://build.example:808/App/Service.svc --address 10.0.0.5

Exit code 1 when nothing would answer.`,
  )
  .action(async (url: string, options: { address: string; home: string; json?: boolean }) => {
    const { explainCommand } = await import('./explain-command.ts')
    await explainCommand(url, { home: resolve(options.home), json: options.json === true, address: options.address })
  })

program
  .command('stop')
  .description('ends portico serve and its worker processes, letting connections finish')
  .option(...homeOption)
  .option('--now', 'without letting connections finish')
  .addHelpText('after', '\nExamples:\n  portico stop\n  portico stop --now')
  .action(async (options: { home: string; now?: boolean }) => {
    const { stopCommand } = await import('./stop-command.ts')
    await stopCommand(resolve(options.home), options.now === true)
  })

program
  .command('identity')
  .argument('<who>', 'a user, a %group, a pool, a SID, a well-known name, or the pid of a process')
  .description('prints every SID of an account, group, process or pool, and which entry of allowAccounts admits it')
  .option(...configOption)
  .option(...homeOption)
  .option('--json', 'as JSON')
  .addHelpText(
    'after',
    `
Examples:
  portico identity alice
  portico identity DefaultAppPool
  portico identity 4711                             the process with this pid
  portico identity S-1-5-32-544`,
  )
  .action(async (who: string, options: FolderOptions & { json?: boolean }) => {
    const { identityCommand } = await import('./identity-command.ts')
    await identityCommand(who, { ...foldersOf(options), json: options.json === true })
  })

program
  .command('doctor')
  .description(
    'looks for what keeps pools from starting or from being safe, and says what to do; exit code 1 if it finds a problem',
  )
  .option(...configOption)
  .option(...appsOption)
  .option(...homeOption)
  .option('--json', 'as JSON')
  .addHelpText('after', '\nExamples:\n  sudo portico doctor\n  portico doctor --config /etc/portico --apps /srv/apps')
  .action(async (options: FolderOptions & { json?: boolean }) => {
    const { doctorCommand } = await import('./doctor-command.ts')
    await doctorCommand({ ...foldersOf(options), json: options.json === true })
  })

program
  .command('probe')
  .argument('<url>', 'the address, as net.tcp://localhost:8808/echo')
  .description('calls a net.tcp service: sends a preamble and an envelope, and shows what comes back and when')
  .option('--count <n>', 'how many connections, one after the other', positive, 1)
  .option('--journey', 'the steps that each connection took inside the Portico of this machine, with their times')
  .option('--json', 'as JSON, one line for each connection')
  .option(...homeOption)
  .addHelpText(
    'after',
    `
Examples:
  portico probe net.tcp://localhost:8808/echo
  portico probe net.tcp://localhost:8808/echo --count 20
  portico probe net.tcp://localhost:8808/echo --journey    where the milliseconds of its start go
  portico probe net.tcp://build.example:808/App/Service.svc --json`,
  )
  .action(async (url: string, options: { count: number; json?: boolean; journey?: boolean; home: string }) => {
    const { probeCommand } = await import('./probe-command.ts')
    const { count, json = false, journey = false, home } = options
    await probeCommand(url, { count, json, journey, home: resolve(home) })
  })

program
  .command('contract')
  .argument('<files...>', 'the WSDL file of a WCF service, and what it imports unless that lies beside it')
  .description('declares a service in TypeScript as its WSDL file has it, with operations to be written')
  .option('--out <file>', 'the file to write; standard output unless given')
  .option('--service <name>', 'the contract, where the files have several')
  .option('--force', 'replace the file if it is there')
  .addHelpText(
    'after',
    `
Examples:
  portico contract orders.wsdl --out apps/orders/index.ts
  portico contract service.wsdl schema0.xsd schema1.xsd --service IOrders

It reads what WCF publishes at ?singleWsdl or ?wsdl, or svcutil /t:metadata has saved. It never uses the network.`,
  )
  .action(async (files: string[], options: { out?: string; service?: string; force?: boolean }) => {
    const { contractCommand } = await import('./contract-command.ts')
    await contractCommand(files, { out: options.out, service: options.service, force: options.force === true })
  })

for (const command of [program, ...program.commands]) command.exitOverride()

process.stdout.on('error', (error) => {
  // Who reads, as head does, may have read enough; and portico serve has more to do than to print.
  if (systemCodeOf(error) === 'EPIPE' || process.argv[2] === 'serve') return
  process.stderr.write(`portico: the output can't be written: ${error.message}\n`)
  process.exitCode = 1
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : wrongUsage
  else {
    process.stderr.write(`portico: ${explain(error)}\n`)
    process.exitCode = 1
  }
}
