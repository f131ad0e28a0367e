/** `portico events`: what became of pools, worker processes, applications and Portico itself, the oldest event first. */
import type { Status } from '#admin/status.ts'
import { isPorticoError, PorticoError } from '#base/errors.ts'
import { readConfiguration } from '#config/configuration.ts'
import { foldersIn } from '#registry/deployed-folders.ts'
import { compose } from '#registry/snapshot.ts'
import { ask } from './admin-client.ts'
import { eventText } from './event-text.ts'
import { History, servingPid, type Wish } from './history.ts'
import { pathsOf } from './home.ts'
import { withoutControls } from './log.ts'

export interface EventsOptions extends Wish {
  readonly follow: boolean
  readonly json: boolean
  /** Where to look for names when Portico doesn't run. */
  readonly config: string
  readonly apps: string
}

export async function eventsCommand(home: string, options: EventsOptions): Promise<void> {
  const paths = pathsOf(home)
  const history = new History(paths, options)
  const ended = new AbortController()
  const end = () => ended.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  process.stdout.on('error', end) // who reads, as head does, may have read enough
  const show = ({ line, fields }: { line: string; fields: Readonly<Record<string, unknown>> }) =>
    void process.stdout.write(`${options.json ? withoutControls(line) : eventText(fields)}\n`)
  for await (const event of history.read()) {
    if (ended.signal.aborted) return
    show(event)
  }
  await assertKnown(home, history, options)
  if (!options.follow) return
  if (servingPid(paths) === undefined)
    process.stderr.write(`No portico serve runs with the home ${home}: nothing more happens\n`)
  for await (const event of history.follow(ended.signal)) show(event)
}

/** A name that no event has is a mistake, unless it is there and nothing has become of it yet. */
async function assertKnown(home: string, history: History, options: EventsOptions): Promise<void> {
  const { pool, app } = options
  const asked = [
    { what: 'application pool', name: pool, of: 'pools' },
    { what: 'application', name: app, of: 'applications' },
  ] as const
  for (const { what, name, of } of asked) {
    if (name === undefined || history.knows(name)) continue
    const known = (await namesThatAre(home, options))[of]
    if (!known.some((one) => one.toLowerCase() === name.toLowerCase()))
      throw new PorticoError('EVENTS_OF_UNKNOWN', { what, name, known })
  }
}

interface Names {
  readonly pools: readonly string[]
  readonly applications: readonly string[]
}

/** Of the Portico that runs; else of the folders that it would serve. */
async function namesThatAre(home: string, { config, apps }: EventsOptions): Promise<Names> {
  try {
    const { pools, applications } = await ask<Status>(home, 'GET', '/status')
    return { pools: pools.map(({ name }) => name), applications: applications.map(({ path }) => path) }
  } catch (error) {
    if (!isPorticoError(error, 'NOT_RUNNING')) throw error
  }
  const configuration = await readConfiguration(config)
  const { applications } = compose(configuration, apps, await foldersIn(apps))
  return {
    pools: Array.from(configuration.pools.values(), ({ name }) => name),
    applications: Array.from(applications.values(), ({ path }) => path),
  }
}
