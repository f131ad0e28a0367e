/** Every event that Portico logs is decided: it belongs to the history, or it doesn't. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { actorOf, isLifeEvent, lifeEvents, otherEvents } from '#main/life-events.ts'

const source = join(import.meta.dirname, '../../../src')
const sources = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join(source, name), 'utf8')] as const)

/** Names that are put together, and what they can be. A call that isn't here and doesn't name its event fails the test. */
const composed: Readonly<Record<string, readonly string[]>> = {
  'activation/worker-turns.ts `worker.${state.is}`': [
    'worker.launching',
    'worker.connected',
    'worker.ready',
    'worker.suspended',
    'worker.draining',
    'worker.stopping',
    'worker.exited',
  ],
  'activation/application-pool.ts `pool.${state.is}`': ['pool.started', 'pool.stopping', 'pool.stopped'],
  'activation/suspension.ts event': ['worker.memoryKept', 'worker.notSuspended'],
  'registry/registry.ts `${of}.accepted`': ['configuration.accepted', 'folders.accepted'],
  'registry/registry.ts `${of}.refused`': ['configuration.refused', 'folders.refused'],
}
/** Calls that pass on an event which those who call them name, by file. */
const passedOn = new Set(['registry/registry.ts', 'main/namespace.ts', 'handoff/sharing-server.ts'])

const call =
  /(?:\blog|Log)\)?(?:\.(?:info|warn|error)|\[[^\]]+\])\(\s*(?<event>'[^']*'|`[^`]*`|\w+)|#(?:tell|note)\((?:\w+, )?'(?<named>[^']+)'/g

/** The events that a source text logs; a name that can't be told from the text is shown as it stands. */
function eventsIn(file: string, text: string): string[] {
  return [...text.matchAll(call)].flatMap(({ groups = {} }) => {
    const { event = '', named } = groups
    if (named !== undefined) return [named]
    if (event.startsWith("'")) return [event.slice(1, -1)]
    if (event === 'event' && passedOn.has(file)) return []
    return composed[`${file} ${event}`] ?? [`${file} ${event}`]
  })
}

const logged = [...new Set(sources.flatMap(([file, text]) => eventsIn(file, text)))].sort()

test('every event that is logged is in one list, the history or the log only, and neither names one that is not logged', () => {
  expect(logged.length).toBeGreaterThan(30)
  expect([...Object.keys(lifeEvents), ...otherEvents].sort()).toEqual(logged)
})

test.each([
  [`this.#around.log.warn('worker.yawned', {})`, 'worker.yawned'],
  [`this.#log[level](\`worker.\${mood}\`)`, `x.ts \`worker.\${mood}\``],
  [`log.info(name, fields)`, 'x.ts name'],
  [`this.#tell('registration.sold', {})`, 'registration.sold'],
])('the check sees a new one in %s', (text, found) => {
  expect(eventsIn('x.ts', text)).toEqual([found])
})

test.each([
  ['portico.stopping', {}, 'administrator'],
  ['pool.stopping', { why: 'shutdown' }, 'administrator'],
  ['pool.stopping', { why: 'removed' }, 'configuration'],
  ['configuration.refused', {}, 'configuration'],
  ['application.deployed', {}, 'configuration'],
  ['application.loaded', {}, 'portico'],
  ['registration.added', {}, 'client'],
  ['worker.draining', { why: 'idle' }, 'portico'],
] as const)('%s with %j is the doing of %s', (event, fields, actor) => {
  expect(isLifeEvent(event) && actorOf(event, fields)).toBe(actor)
})
