/** Where the milliseconds of a start go: `portico probe --journey`, and the same in the events, hours later. */
import { expect, test } from 'vitest'
import type { JourneyStatus } from '#admin/journey.ts'
import { PorticoFolders } from '../support/portico-folders.ts'
import { portico, serving } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

interface Probed {
  readonly ackMs: number
  readonly journey: JourneyStatus | null
  readonly journeyUnknown: string | null
}

async function probed(port: number, path: string, home: string): Promise<Probed> {
  const url = `net.tcp://localhost:${port}${path}`
  const { out, code } = await portico('probe', url, '--journey', '--json', '--home', home)
  expect(code).toBe(0)
  return JSON.parse(out) as Probed
}

const namesOf = (journey: JourneyStatus | null) => journey?.steps.map(({ step }) => step) ?? []

const startSteps = ['process started', 'first line', 'account taken', 'worker host loaded', 'channel connected']
const loadSteps = ['loading', 'module imported', 'services read', 'loaded']

test('a cold start shows its steps in order, a warm connection none of a start, and the events keep those of the start', async () => {
  using folders = await PorticoFolders.make({ apps: { echo: 'echo' } })
  const { port, home } = folders
  const serve = await serving(folders)
  const { journey: cold, ackMs } = await probed(port, '/echo', home)
  const worker = `has worker process ${cold?.worker}`
  const last = [worker, 'offered to the process', 'accepted by the process']
  expect(cold).toMatchObject({ found: 'cold', pool: 'DefaultAppPool', refused: null, ended: true })
  // PM2 names the process when it has time to; that may be before or after the first words of the process itself.
  expect(namesOf(cold).filter((step) => step !== 'pid known')).toEqual([
    ...['accepted', 'via known', 'routed to application /echo', 'files are there', 'turn to start'],
    ...startSteps,
    ...loadSteps,
    ...last,
  ])
  expect(namesOf(cold)).toContain('pid known')
  const times = cold?.steps.map(({ afterMs }) => afterMs) ?? []
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(cold?.steps.every(({ tookMs }) => tookMs >= 0)).toBe(true)
  // The client's acknowledgement follows from the offer. Portico hears only after it that the process has accepted, or before.
  expect(times.at(-2)).toBeLessThanOrEqual(ackMs)

  const { journey: warm } = await probed(port, '/echo', home)
  expect(warm).toMatchObject({ found: 'warm', worker: cold?.worker })
  expect(namesOf(warm)).toEqual(['accepted', 'via known', 'routed to application /echo', ...last])

  const text = await portico('probe', `net.tcp://localhost:${port}/echo`, '--journey', '--home', home)
  expect(text.out).toMatch(
    /^1: warm {2}ack .*\n {3}journey of connection 3, warm: .*\n +0\.00 ms +\+0\.00 {2}accepted\n/,
  )

  serve.child.kill('SIGTERM')
  await serve.finished
  const events = (await portico('events', '--json', '--home', home)).out.trim().split('\n')
  const kept = events.map((line) => JSON.parse(line) as { event: string; journey?: JourneyStatus['steps'] })
  const names = kept.map(({ event }) => event)
  expect(names[names.indexOf('application.loaded') + 1]).toBe('portico.stopping')
  const loaded = kept.find(({ event }) => event === 'application.loaded')?.journey?.map(({ step }) => step)
  expect(loaded?.filter((step) => step !== 'pid known')).toEqual(['turn to start', ...startSteps, ...loadSteps])
  const readable = (await portico('events', '--home', home)).out
  expect(readable).toMatch(/application loaded .* of these: turn to start [\d.]+, .*loaded [\d.]+ {2}by portico/)
})

test('a start from standby has no start of Node in it', async () => {
  await using under = await PorticoUnderTest.start({ apps: { echo: 'echo' }, portico: 'standbyProcesses="1"' })
  await under.event('standby.ready')
  const { journey } = await probed(under.port, '/echo', under.folders.home)
  expect(journey?.found).toBe('standby')
  const names = namesOf(journey)
  expect(names).toEqual(expect.arrayContaining(['standby process taken', 'told whose it is', ...loadSteps]))
  expect(names).not.toContain('process started')
})

test('a Portico of another home that does not run is named, and the call counts as it would', async () => {
  await using under = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
  const elsewhere = `${under.folders.home}-elsewhere`
  const { journey, journeyUnknown } = await probed(under.port, '/echo', elsewhere)
  expect(journey).toBeNull()
  expect(journeyUnknown).toBe(`no portico serve runs with the home ${elsewhere}`)
})
