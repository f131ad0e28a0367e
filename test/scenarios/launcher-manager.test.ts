/** PM2's daemon comes, goes, hangs and is replaced; the launcher notices, says so, and the processes live on. */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '#base/clock.ts'
import { Pm2Connection } from '#launcher/pm2-client.ts'
import { findPm2 } from '#launcher/pm2-package.ts'
import { environmentOf, lives, untilGone } from '#launcher/processes.ts'
import { startRecord } from '#launcher/start-record.ts'
import { OwnPm2Home, processOf, told } from '../support/own-pm2-home.ts'

const never = new AbortController().signal

test('a launch survives the death of PM2: its process and its output go on, and it is removed as ever', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const lost = told(launcher, 'managerLost')
  const order = own.order('prints-on-sigusr2.mjs')
  const { pid } = await launcher.launch(order, never)
  const worker = processOf(pid)
  await own.outputWith(/ready/)
  process.kill(own.daemonPid, 'SIGKILL')
  await lost
  expect(launcher.describe()).toBe("PM2 doesn't run; 1 process of an earlier daemon")
  process.kill(pid, 'SIGUSR2')
  await own.outputWith(/still here/)
  const ended = told(launcher, 'exited')
  await launcher.remove(order.worker)
  expect(lives(worker)).toBe(false)
  expect(await ended).toEqual([order.worker, 'signal SIGKILL'])
  expect(launcher.describe()).toBeUndefined()
})

test('after the death of PM2 the next launch starts a new daemon, and that is told', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  await launcher.launch(own.order('forever.mjs'), never)
  const first = own.daemonPid
  const started = told(launcher, 'managerStarted')
  process.kill(first, 'SIGKILL')
  // Not waiting for the news: the launch may meet the dead daemon.
  await launcher.launch(own.order('forever.mjs'), never)
  expect(own.daemonPid).not.toBe(first)
  expect(await started).toEqual([`PM2 ${findPm2().version}, pid ${own.daemonPid}`])
  expect(launcher.describe()).toMatch(/, 1 process, and 1 of an earlier daemon$/)
})

test('the end of a process is noticed although the PM2 that started it is gone', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const order = own.order('forever.mjs')
  const { pid } = await launcher.launch(order, never)
  const lost = told(launcher, 'managerLost')
  process.kill(own.daemonPid, 'SIGKILL')
  await lost
  const ended = told(launcher, 'exited')
  process.kill(pid, 'SIGKILL')
  expect(await ended).toEqual([order.worker, 'an unknown end without PM2'])
})

test('launches that meet the death of PM2 all succeed, each with one process', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  await launcher.launch(own.order('forever.mjs'), never)
  const launches = Array.from({ length: 8 }, () => launcher.launch(own.order('forever.mjs'), never))
  await launches[0]
  process.kill(own.daemonPid, 'SIGKILL')
  const pids = (await Promise.all(launches)).map(({ pid }) => pid)
  expect(pids.filter((pid) => lives(processOf(pid)))).toHaveLength(8)
  await expect.poll(() => own.running).toBe(9) // a process that is becoming its program, or ending, shows no environment
})

test('a process whose start PM2 did not live to tell is ended, and its launch succeeds with another', async () => {
  await using own = new OwnPm2Home()
  await own.startPm2('dies-after-a-start.cjs')
  const { pid } = await own.launcher().launch(own.order('forever.mjs'), never)
  expect(lives(processOf(pid))).toBe(true)
  await expect.poll(() => own.running).toBe(1)
})

test('an end that PM2 tells before it tells of the start is reported after the launch', async () => {
  await using own = new OwnPm2Home()
  await own.startPm2('answers-after-the-end.cjs')
  const launcher = own.launcher()
  const ended = told(launcher, 'exited')
  const news: string[] = []
  launcher.on('exited', () => news.push('exited'))
  const order = own.order('exits-3.mjs')
  await launcher.launch(order, never).then(() => news.push('launched'))
  expect(await ended).toEqual([order.worker, 'exit code 3'])
  expect(news).toEqual(['launched', 'exited'])
})

test('survivors are found with their environment, told of when they end, and can be removed', async () => {
  await using own = new OwnPm2Home()
  const orders = [1, 2].map((n) => own.order('forever.mjs', { env: { NUMBER: String(n) } }))
  const earlier = own.launcher()
  const launched = await Promise.all(orders.map((order) => earlier.launch(order, never)))
  await earlier[Symbol.asyncDispose]()
  const launcher = own.launcher()
  const survivors = await launcher.survivors()
  const byWorker = (a: { worker: string }, b: { worker: string }) => a.worker.localeCompare(b.worker)
  const facts = ({ worker, pid, env }: (typeof survivors)[number]) => ({ worker, pid, env })
  expect([...survivors].sort(byWorker).map(facts)).toEqual(launched.map(facts))
  for (const [index, { startedAt }] of survivors.entries())
    expect(Math.abs(startedAt - (launched[index]?.startedAt ?? 0))).toBeLessThan(2000)
  const news = told(launcher, 'exited')
  process.kill(launched[0]?.pid ?? 0, 'SIGTERM')
  expect(await news).toEqual([launched[0]?.worker, 'signal SIGTERM'])
  await launcher.remove(launched[1]?.worker ?? '')
  expect(await launcher.survivors()).toEqual([])
})

test('a process that ended while Portico was away is no survivor, and PM2 is rid of it', async () => {
  await using own = new OwnPm2Home()
  const earlier = own.launcher()
  const { pid } = await earlier.launch(own.order('forever.mjs'), never)
  const worker = processOf(pid)
  await earlier[Symbol.asyncDispose]()
  process.kill(pid, 'SIGKILL')
  expect(await untilGone(worker, 10_000, systemClock)).toBe(true)
  const launcher = own.launcher()
  expect(await launcher.survivors()).toEqual([])
  await launcher.shutdown()
  expect(existsSync(join(own.home, 'pm2.pid'))).toBe(false)
})

test('survivors of a PM2 that is gone too are found, and no PM2 is started for that', async () => {
  await using own = new OwnPm2Home()
  const earlier = own.launcher()
  const order = own.order('forever.mjs', { env: { TOKEN: 'a b' } })
  const { pid } = await earlier.launch(order, never)
  const worker = processOf(pid)
  const daemon = processOf(own.daemonPid)
  await earlier[Symbol.asyncDispose]()
  process.kill(daemon.pid, 'SIGKILL')
  expect(await untilGone(daemon, 10_000, systemClock)).toBe(true)
  const launcher = own.launcher()
  expect(await launcher.survivors()).toMatchObject([{ worker: order.worker, pid, env: { TOKEN: 'a b' } }])
  expect(() => own.daemonPid).toThrow()
  await launcher.remove(order.worker)
  expect(lives(worker)).toBe(false)
})

test('old sockets and the pid file of another process start nothing, and the next launch works', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const { pid } = await launcher.launch(own.order('forever.mjs'), never)
  const lost = told(launcher, 'managerLost')
  process.kill(own.daemonPid, 'SIGKILL')
  await lost
  const bystander = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' })
  await using stack = new AsyncDisposableStack()
  stack.defer(() => void bystander.kill('SIGKILL'))
  writeFileSync(join(own.home, 'pm2.pid'), String(bystander.pid))
  expect(existsSync(join(own.home, 'rpc.sock'))).toBe(true)
  const next = own.launcher()
  expect(await next.survivors()).toMatchObject([{ pid }])
  expect(next.describe()).toMatch(/^PM2 doesn't run/)
  await next.launch(own.order('forever.mjs'), never)
  expect(own.daemonPid).not.toBe(bystander.pid)
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
})

test('a PM2 that can no longer be reached is replaced, and its processes live on', async () => {
  await using own = new OwnPm2Home()
  const earlier = own.launcher()
  const { pid } = await earlier.launch(own.order('forever.mjs'), never)
  await earlier[Symbol.asyncDispose]()
  const daemon = processOf(own.daemonPid)
  rmSync(join(own.home, 'rpc.sock'))
  const launcher = own.launcher()
  await launcher.launch(own.order('forever.mjs'), never)
  expect(lives(daemon)).toBe(false)
  expect(await launcher.survivors()).toMatchObject([{ pid }])
})

test('a PM2 that hangs is named, and what it starts late is ended', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher({ callLimit: 300 })
  await launcher.launch(own.order('forever.mjs'), never)
  const daemon = own.daemonPid
  process.kill(daemon, 'SIGSTOP')
  const launch = launcher.launch(own.order('forever.mjs'), never)
  await expect(launch).rejects.toMatchObject({ code: 'PM2_NOT_ANSWERING' })
  process.kill(daemon, 'SIGCONT')
  await launcher[Symbol.asyncDispose]()
  expect(await own.launcher().survivors()).toHaveLength(1)
})

test('a launcher that is closed leaves the processes running, and its own process ends by itself, unchanged', async () => {
  await using own = new OwnPm2Home()
  const order = own.order('forever.mjs')
  const client = join(import.meta.dirname, '../support/launcher-client.ts')
  const env = {
    PATH: process.env.PATH,
    HOME: own.folder,
    PM2_HOME: '/nowhere',
    SECRET_KEY: 'secret',
    PUBLIC_KEY: 'public',
  }
  const child = fork(client, [own.home, own.folder, own.logFile, order.command[1] ?? ''], { env, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data))
  const [[report], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')])
  expect({ code, output }).toEqual({ code: 0, output: '' })
  expect(report.after).toEqual(report.before)
  expect(existsSync(join(own.folder, '.pm2'))).toBe(false)
  expect(existsSync(join(homedir(), '.pm2'))).toBe(false)
  const daemon = environmentOf(own.daemonPid)
  expect(daemon).toMatchObject({ PM2_HOME: own.home, PM2_DISABLE_VERSION_CHECK: 'true', PM2_NO_INTERACTION: 'true' })
  expect(Object.keys(daemon)).not.toContain('SECRET_KEY')
  expect(Object.keys(daemon)).not.toContain('PUBLIC_KEY')
  expect(await own.launcher().survivors()).toMatchObject([{ pid: report.launched.pid }])
})

test('an orderly end takes PM2 along, with its sockets; with a process running it stays', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const { worker } = await launcher.launch(own.order('forever.mjs'), never)
  const daemon = processOf(own.daemonPid)
  await launcher.shutdown()
  expect(lives(daemon)).toBe(true)
  expect(own.logged).toContainEqual(['pm2.kept', { processes: 1 }])
  const next = own.launcher()
  await next.survivors()
  await next.remove(worker)
  await next.shutdown()
  expect(lives(daemon)).toBe(false)
  for (const file of ['rpc.sock', 'pub.sock', 'pm2.pid']) expect(existsSync(join(own.home, file))).toBe(false)
})

test('PM2 of another version is replaced at once when no process runs in it', async () => {
  await using own = new OwnPm2Home()
  await own.startPm2('of-another-version.cjs')
  const old = processOf(own.daemonPid)
  const launcher = own.launcher()
  await launcher.launch(own.order('forever.mjs'), never)
  expect(lives(old)).toBe(false)
  expect(launcher.describe()).toBe(`PM2 ${findPm2().version}, pid ${own.daemonPid}, 1 process`)
})

test('PM2 of another version is kept while a process runs in it, and replaced after', async () => {
  await using own = new OwnPm2Home()
  await own.startPm2('of-another-version.cjs')
  const old = processOf(own.daemonPid)
  const options = { home: own.home, clock: systemClock, callLimit: 10_000, exited() {} }
  const connection = await Pm2Connection.open(options)
  const order = own.order('forever.mjs')
  await connection?.start(startRecord(order, process.execPath, own.home, '0022'))
  connection?.close('the test has what it needs')

  const launcher = own.launcher()
  const started = told(launcher, 'managerStarted')
  expect(await launcher.survivors()).toMatchObject([{ worker: order.worker }])
  const remark = `(${findPm2().version} is installed and takes over once no process runs)`
  expect(await started).toEqual([`PM2 6.0.0 ${remark}, pid ${old.pid}`])
  await launcher.remove(order.worker)
  expect(lives(old)).toBe(true)
  await launcher.launch(own.order('forever.mjs'), never)
  expect(lives(old)).toBe(false)
  expect(launcher.describe()).toBe(`PM2 ${findPm2().version}, pid ${own.daemonPid}, 1 process`)
})
