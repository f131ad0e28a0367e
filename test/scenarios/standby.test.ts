/** Standby processes become worker processes of any pool, and are in nothing different from those that were started for it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Status } from '#admin/status.ts'
import { ask } from '#main/admin-client.ts'
import { accountAt, deed } from '../support/deeds.ts'
import { isRoot } from '../support/is-root.ts'
import { callOnce, NetTcpClient } from '../support/net-tcp-client.ts'
import { PorticoFolders, processesOf } from '../support/portico-folders.ts'
import { portico, serving } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

/** What the descriptors of a process are, without the numbers by which the kernel tells them apart. */
const descriptorsOf = (pid: number) =>
  readdirSync(`/proc/${pid}/fd`)
    .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).replaceAll(/\d+/g, 'n'))
    .sort()

const pool = (name: string) =>
  `<add name="${name}"><processModel loadUserProfile="true"/><environmentVariables><add name="OWN" value="${name}"/></environmentVariables></add>`

test('the first connection of a pool gets a process that has been waiting, as its account, with its environment, folder and log', async () => {
  await using portico = await PorticoUnderTest.start({
    apps: { one: 'tries-things', two: 'tries-things', afresh: 'tries-things' },
    pools: ['DefaultAppPool', 'One', 'Two', 'Afresh'].map(pool).join(''),
    applications: ['One', 'Two', 'Afresh']
      .map((name) => `<application path="/${name.toLowerCase()}" applicationPool="${name}"/>`)
      .join(''),
    portico: 'standbyProcesses="1"',
    porticoElements: '<pools><add name="Afresh" nodeArguments="--max-old-space-size=100"/></pools>',
  })
  const { port, folders } = portico
  const standbyPid = async () => Number((await portico.event('standby.ready')).fields.pid)
  const next = (name: string) => portico.status.pools.find((each) => each.name === name)?.nextWorker
  const first = await standbyPid()
  expect(portico.status.standby).toMatchObject({ processes: 1, ready: 1 })
  expect(next('One')).toEqual({ from: 'standby' })
  const why = 'because of its Node arguments: --max-old-space-size=100'
  expect(next('Afresh')).toEqual({ from: 'fresh start', why })

  const afresh = await accountAt(port, '/afresh')
  expect(afresh.pid).not.toBe(first)
  const one = await accountAt(port, '/one')
  expect(one.pid).toBe(first)
  expect(await portico.event('worker.connected', ({ standby }) => standby === true)).toMatchObject({
    fields: { pool: 'One', pid: first },
  })
  const second = await standbyPid()
  expect(second).not.toBe(first)
  const two = await accountAt(port, '/two')
  expect(two.pid).toBe(second)

  for (const { noNewPrivileges, capabilities } of [one, two]) {
    expect(noNewPrivileges).toBe(true)
    expect(capabilities).toEqual([0, 0, 0, 0])
  }
  expect(new Set([one, two, afresh].map(({ groups }) => groups.join())).size).toBe(1)
  const uids = [one, two, afresh].map((account) => new Set([...account.uids, ...account.gids]))
  expect(uids.map(({ size }) => size)).toEqual([1, 1, 1])
  expect(new Set(uids.map((each) => [...each][0])).size).toBe(isRoot ? 3 : 1)
  if (isRoot) expect(one.uids[0]).toBeGreaterThanOrEqual(90_000)

  // All that the pools have in common has the same value in a process that was started for its pool.
  const environment = async (path: string, name: string, uid = 0) =>
    JSON.parse(
      JSON.stringify(await deed(port, path, 'environment'))
        .replace(/("PORTICO_WORKER":"\w+)-\w+/, '$1')
        .replaceAll(name, 'Pool')
        .replaceAll(`${path.slice(1)}-${uid}`, 'folder'),
    ) as unknown
  expect(await environment('/one', 'One', one.uids[0])).toEqual(await environment('/afresh', 'Afresh', afresh.uids[0]))
  expect(await deed(port, '/one', 'environment')).toMatchObject({ done: { OWN: 'One' } })
  const own = join(folders.home, 'pools', `one-${one.uids[0]}`)
  if (isRoot)
    expect(await deed(port, '/one', 'folders')).toEqual({ done: { home: `${own}/profile`, temporary: `${own}/tmp` } })
  expect(await deed(port, '/one', 'write', `${own}/cache/mine`)).toEqual({ done: null })
  expect(await deed(port, '/one', 'run', '/bin/sh', '-c', 'pwd; echo a complaint >&2')).toEqual({ done: '/\n' })
  expect(readFileSync(join(folders.home, 'logs', 'pool-One.log'), 'utf8')).toContain('a complaint\n')

  await portico.until(({ pools }) => pools.every(({ workers }) => workers.every((each) => each.openConnections === 0)))
  const descriptors = (pid: number, name: string) => descriptorsOf(pid).map((each) => each.replace(name, 'Pool'))
  expect(descriptors(one.pid, 'One')).toEqual(descriptors(afresh.pid, 'Afresh'))

  process.kill(await standbyPid(), 'SIGKILL')
  await portico.event('standby.failed')
  portico.clock.skip(1_000)
  expect(await standbyPid()).toBeGreaterThan(0)
})

test('a worker process that came from standby outlives a portico serve that is killed; one that still waited does not', async () => {
  using folders = await PorticoFolders.make({ apps: { crashes: 'crashes' }, portico: 'standbyProcesses="1"' })
  const untilReady = () =>
    expect.poll(async () => (await ask<Status>(folders.home, 'GET', '/status')).standby.ready, { interval: 20 }).toBe(1)
  const first = await serving(folders)
  await untilReady()
  using client = await NetTcpClient.open(folders.port, '/crashes')
  expect(await client.answer()).toBe('ack')
  const pid = await client.call('who')
  await untilReady()
  const before = processesOf(folders.home)
  first.child.kill('SIGKILL')
  await first.finished
  expect(await client.call('who')).toBe(pid)
  // The one that waited goes, and PM2's daemon and the worker process stay.
  await expect.poll(() => processesOf(folders.home).length, { interval: 20 }).toBe(before.length - 1)

  const second = await serving(folders)
  expect(await callOnce(folders.port, '/crashes', 'who')).toBe(pid)
  expect(await client.call('who')).toBe(pid)
  expect(readFileSync(join(folders.home, 'logs', 'portico.log'), 'utf8')).not.toContain('worker.unwanted')
  await client.finish()
  expect((await portico('stop', '--home', folders.home)).code).toBe(0)
  expect((await second.finished).code).toBe(0)
  expect(processesOf(folders.home)).toEqual([])
  expect(readdirSync(join(folders.home, 'pm2', 'assigned'))).toEqual([])
})
