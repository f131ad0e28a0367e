import { describe, expect, test } from 'vitest'
import type { ApplicationStatus, PoolStatus, Status } from '#admin/status.ts'
import { applicationLines, poolLines, statusText } from '#main/status-text.ts'

const nobody = { lineFull: 0, poolFull: 0, tooLong: 0, gone: 0 }
const pool: PoolStatus = {
  name: 'Orders',
  state: 'started',
  startMode: 'OnDemand',
  idleTimeout: 1_200_000,
  maxProcesses: 1,
  identityType: 'ApplicationPoolIdentity',
  waiting: { connections: 0, turnedAway: nobody, limit: 500, timeLimit: 60_000 },
  limits: [],
  nextWorker: { from: 'fresh start', why: 'because standbyProcesses is 0' },
  workers: [],
  log: '/home/orders.log',
}
const application: ApplicationStatus = {
  path: '/orders',
  site: 'Default Web Site',
  pool: 'Orders',
  folder: '/srv/orders',
  protocols: ['net.tcp'],
  origin: 'folder',
  urls: ['net.tcp://localhost:808/orders'],
  active: false,
  waiting: 0,
  waitingLine: { connections: 0, turnedAway: nobody },
  services: [],
}
const status: Status = {
  version: '1',
  pid: 1,
  startedAt: '',
  home: '',
  user: 'root',
  log: '',
  stopping: false,
  configuration: { folder: '' },
  problems: [],
  notInForce: [],
  processManager: undefined,
  standby: { processes: 0, ready: 0, log: '/home/standby.log' },
  ports: [],
  pools: [],
  applications: [],
  registrations: [],
  sharing: { startMode: 'automatic', refused: 0 },
  refusedWaiting: 0,
  starts: { underWay: 0, limit: 4, waiting: { connection: 0, recycle: 0, load: 0, alwaysRunning: 0 } },
  demandStarts: { count: 3, limit: 10 },
  idleShare: 1,
}
const oldestSince = '2026-11-26T17:21:10.541Z'

describe('a pool, for people', () => {
  test('says who waits and who was turned away, with the bounds and the reasons', () => {
    const turnedAway = { lineFull: 1, poolFull: 31, tooLong: 2, gone: 4 }
    const lines = poolLines({ ...pool, waiting: { ...pool.waiting, connections: 120, oldestSince, turnedAway } })
    expect(lines.slice(1)).toEqual([
      `    120 waiting, the oldest since ${oldestSince}; of 500 that may, for 60 s at most`,
      '    turned away 1 because of maxPendingConnections, 31 because of maxWaitingConnections, 2 because of waitingTimeLimit, 4 because their clients had gone',
    ])
  })

  test('says nothing of it when nobody waits and nobody was turned away', () => {
    expect(poolLines(pool)).toHaveLength(1)
    expect(applicationLines(application)).toHaveLength(2)
  })
})

test('an application, for people, says how many wait and since when', () => {
  const waitingLine = { connections: 2, oldestSince, turnedAway: { ...nobody, tooLong: 1 } }
  const lines = applicationLines({ ...application, waiting: 2, waitingLine })
  expect(lines[0]).toBe(`  /orders  inactive, pool Orders, 2 waiting, the oldest since ${oldestSince}`)
  expect(lines[2]).toBe('    turned away 1 because of waitingTimeLimit')
})

describe('the status, for people', () => {
  test.each<[string, Partial<Status>, string]>([
    [
      'starts are under way, and what the others wait for',
      {
        starts: {
          underWay: 4,
          limit: 4,
          waiting: { connection: 92, recycle: 0, load: 0, alwaysRunning: 3 },
        },
      },
      'STARTING     4 worker processes, at most 4 at once; waiting: 92 for connection, 3 for alwaysRunning',
    ],
    [
      'no more start on demand',
      { demandStarts: { count: 10, limit: 10 } },
      'FULL         10 worker processes run on demand, and demandStartThreshold is 10: no more start',
    ],
    ['memory is scarce', { idleShare: 1 / 8 }, 'MEMORY       is scarce: idle timeouts are 1/8 of what is configured'],
  ])('says when %s', (_, changes, line) => {
    const [word = ''] = line.split(' ')
    expect(statusText({ ...status, ...changes })).toContain(`  ${line}\n`)
    expect(statusText(status)).not.toContain(word)
  })
})
