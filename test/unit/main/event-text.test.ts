import { describe, expect, test } from 'vitest'
import { eventText, localTime } from '#main/event-text.ts'
import { sinceWhen } from '#main/since.ts'

const time = '2026-11-26T15:04:05.678Z'
const here = localTime(new Date(time))

describe('an event for people', () => {
  test.each([
    [
      {
        event: 'worker.launching',
        worker: 'P-1',
        pool: 'P',
        app: '/a',
        reason: 'connection',
        connection: 7,
        via: 'net.tcp://x/a',
        from: '::1:5',
        actor: 'client',
      },
      'worker process is launched P-1 for /a in pool P  because: connection 7 from ::1:5 asked for net.tcp://x/a  by client',
    ],
    [
      { event: 'worker.launching', worker: 'P-1', pool: 'P', reason: 'alwaysRunning', actor: 'portico' },
      'worker process is launched P-1 in pool P  because: its pool is always running  by portico',
    ],
    [
      { event: 'worker.ready', worker: 'P-1', pid: 12, pool: 'P', ageMs: 61.24, actor: 'portico' },
      'worker process is ready P-1 (pid 12) in pool P  after 61 ms  by portico',
    ],
    [
      { event: 'worker.connected', worker: 'P-1', pid: 12, pool: 'P', ageMs: 21_300, waitedMs: 20_700 },
      'worker process is connected P-1 (pid 12) in pool P  after 21.3 s, 20.7 s of it waiting for its turn to start',
    ],
    [
      {
        event: 'worker.exited',
        worker: 'P-1',
        pid: 12,
        pool: 'P',
        ageMs: 5_000,
        served: 3,
        found: true,
        why: 'idle',
        how: 'exit code 0',
        actor: 'portico',
      },
      'worker process ended P-1 (pid 12) in pool P  because: nothing needed it for idleTimeout, exit code 0  lived 5 s since Portico found it, served 3  by portico',
    ],
    [
      { event: 'service.failed', app: '/a', pool: 'P', worker: 'P-1', service: '/a/s.svc', reason: 'no', code: 'X' },
      'service failed to start P-1 /a/s.svc for /a in pool P  because: no (X)',
    ],
    [
      { event: 'worker.connected', worker: 'P-1', pid: 12, pool: 'P', ageMs: 7, standby: true, actor: 'portico' },
      'worker process is connected P-1 (pid 12) in pool P  after 7 ms, from standby  by portico',
    ],
    [
      { event: 'standby.failed', worker: 'standby-1', reason: 'it ended: signal SIGKILL', retryMs: 2_000 },
      'standby process failed; what it wrote is in standby.log standby-1  because: it ended: signal SIGKILL  the next one in 2 s',
    ],
    [
      {
        ...{ event: 'application.loaded', app: '/a', worker: 'P-1', pid: 12, pool: 'P', afterMs: 61.24 },
        journey: [
          { step: 'turn to start', afterMs: 0.21 },
          { step: 'first line', afterMs: 31.21 },
          { step: 'loaded', afterMs: 61.24 },
        ],
      },
      'application loaded P-1 (pid 12) for /a in pool P  after 61 ms  of these: turn to start 0.2, first line 31.0, loaded 30.0',
    ],
    [{ event: 'of.a.later.version', journey: [{ step: 1 }], afterMs: 5 }, 'of.a.later.version  after 5 ms'],
    [{ event: 'of.a.later.version', pool: 'P' }, 'of.a.later.version P'],
  ])('is one line: %j', (fields, text) => {
    expect(eventText({ time, ...fields })).toBe(`${here}  ${text}`)
  })

  test('has nothing in it that a terminal obeys', () => {
    expect(eventText({ time, event: 'pool.blocked', pool: 'P\n\u001b[2J', reason: 'one\ntwo' })).toBe(
      `${here}  application pool can have no worker process P\\u{a}\\u{1b}[2J  because: one\\u{a}two`,
    )
  })

  test('has the time of this machine with its offset', () => {
    expect(here).toMatch(/^2026-11-2[567]T\d\d:\d\d:05\.678[+-]\d\d:\d\d$/)
    expect(new Date(here).toISOString()).toBe(time)
    expect(localTime(new Date('nonsense'))).toBe('?')
  })
})

const now = Date.parse('2026-11-26T12:00:00Z')

test.each([
  ['90s', now - 90_000],
  ['10m', now - 600_000],
  ['2h', now - 7_200_000],
  ['7d', now - 604_800_000],
  ['01:30:00', now - 5_400_000],
  ['2026-11-26T11:00:00Z', now - 3_600_000],
  ['yesterday', undefined],
  ['5', undefined],
  ['10 fortnights', undefined],
])('since %s is a time, or is refused', (text, at) => {
  expect(sinceWhen(text, now)).toBe(at)
})
