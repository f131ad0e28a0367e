/** The launcher with the real PM2 and real processes, each test in a PM2 home of its own. */
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '#base/clock.ts'
import { findPm2 } from '#launcher/pm2-package.ts'
import { identityOf, lives, untilGone } from '#launcher/processes.ts'
import { OwnPm2Home, processOf, told } from '../support/own-pm2-home.ts'
import { processesOf } from '../support/portico-folders.ts'

const never = new AbortController().signal

test('a program is started with exactly its environment, arguments and folder, and writes into its log file', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const ended = told(launcher, 'exited')
  const order = own.order('prints-its-world.mjs', { env: { GREETING: 'good "morning"\n$HOME' } })
  const launched = await launcher.launch({ ...order, command: [...order.command, 'a b', "it's", ''] }, never)
  expect(launched).toMatchObject({ worker: order.worker, env: order.env, pid: expect.any(Number) })
  expect(await ended).toEqual([order.worker, 'exit code 0 or signal SIGINT'])
  const [world, complaint] = own.output().split('\n')
  expect(JSON.parse(world ?? '')).toEqual({
    env: { ...order.env, PORTICO_LAUNCHER: own.home, PORTICO_LAUNCHED: order.worker },
    args: ['a b', "it's", ''],
    cwd: own.folder,
    umask: process.umask(),
    sockets: 0,
  })
  expect(complaint).toBe('a complaint')
})

test.each([
  ['exits-3.mjs', undefined, 'exit code 3'],
  ['forever.mjs', 'SIGKILL', 'signal SIGKILL'],
  ['forever.mjs', 'SIGSEGV', 'signal SIGSEGV'],
] as const)('a process that dies (%s, signal %s) is reported with how: %s', async (program, signal, how) => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const ended = told(launcher, 'exited')
  const order = own.order(program)
  const { pid } = await launcher.launch(order, never)
  if (signal) process.kill(pid, signal)
  expect(await ended).toEqual([order.worker, how])
})

test('an ended process leaves no entry in PM2 and is told of once', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const ends: string[] = []
  launcher.on('exited', (worker) => ends.push(worker))
  const order = own.order('exits-3.mjs')
  const ended = told(launcher, 'exited')
  await launcher.launch(order, never)
  await ended
  await launcher.remove(order.worker)
  expect(ends).toEqual([order.worker])
  expect(launcher.describe()).toMatch(/, 0 processes$/)
  expect(await own.listed()).toEqual([])
  expect(readdirSync(join(own.home, 'pids'))).toEqual([])
})

test('of programs that end as soon as they are started, each is told of once, after its launch', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const news: string[] = []
  const orders = Array.from({ length: 20 }, () => own.order('', { command: ['false'] }))
  const all = new Promise<void>((resolve) => {
    let ended = 0
    launcher.on('exited', (worker, how) => {
      news.push(`${worker} ended: ${how}`)
      if (++ended === orders.length) resolve()
    })
  })
  await Promise.all(
    orders.map(async (order) => {
      await launcher.launch(order, never)
      news.push(`${order.worker} launched`)
    }),
  )
  await all
  for (const { worker } of orders)
    expect(news.filter((line) => line.startsWith(`${worker} `))).toEqual([
      `${worker} launched`,
      `${worker} ended: exit code 1`,
    ])
})

test('two launches at once make two processes, and PM2 is started once', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const started: string[] = []
  launcher.on('managerStarted', (description) => started.push(description))
  const orders = [own.order('forever.mjs'), own.order('forever.mjs')]
  const launched = await Promise.all(orders.map((order) => launcher.launch(order, never)))
  expect(new Set(launched.map(({ pid }) => pid)).size).toBe(2)
  expect(started).toEqual([`PM2 ${findPm2().version}, pid ${own.daemonPid}`])
  expect(launcher.describe()).toBe(`${started[0]}, 2 processes`)
})

test('a second launch under the id of a running worker process is refused and touches nothing', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const order = own.order('forever.mjs')
  const { pid } = await launcher.launch(order, never)
  const first = processOf(pid)
  await expect(launcher.launch(order, never)).rejects.toMatchObject({ code: 'WORKER_NOT_LAUNCHED' })
  expect(lives(first)).toBe(true)
})

test('a process that ignores signals is removed at once, and told of before that is done', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const order = own.order('ignores-signals.mjs')
  const { pid } = await launcher.launch(order, never)
  const worker = processOf(pid)
  await own.outputWith(/ignoring/)
  const ends: string[] = []
  launcher.on('exited', (...end) => ends.push(...end))
  await launcher.remove(order.worker)
  expect(lives(worker)).toBe(false)
  expect(ends).toEqual([order.worker, 'signal SIGKILL'])
})

test('a stopped process is removed at once', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const order = own.order('forever.mjs')
  const { pid } = await launcher.launch(order, never)
  const worker = processOf(pid)
  process.kill(pid, 'SIGSTOP')
  await launcher.remove(order.worker)
  expect(lives(worker)).toBe(false)
})

test('the children of a removed process end with it, also one with a session of its own', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const order = own.order('forks-child.mjs')
  await launcher.launch(order, never)
  const child = processOf(Number((await own.outputWith(/child (\d+)/))[1]))
  expect(lives(child)).toBe(true)
  await launcher.remove(order.worker)
  expect(await untilGone(child, 10_000, systemClock)).toBe(true)
})

test('removing a worker that is unknown is no error and starts nothing', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  await launcher.remove('DefaultAppPool-unknown')
  expect(launcher.describe()).toBeUndefined()
  expect(existsSync(own.home)).toBe(false)
})

test.each([
  ['a missing working folder', { cwd: '/nowhere/at/all' }, "the working folder /nowhere/at/all doesn't exist"],
  ['a missing program', { command: ['/nowhere/program'] }, "the program /nowhere/program doesn't exist"],
  ['a program that is a folder', { command: ['/tmp'] }, 'the program /tmp is no file'],
  [
    'a program in no folder of the PATH',
    { command: ['nowhere'], env: { PATH: '/bin' } },
    'is in no folder of the PATH',
  ],
  ['a log file in a place that is no folder', { logFile: '/dev/null/worker.log' }, 'the log file /dev/null/worker.log'],
  ['a variable over 128 kB', { env: { BIG: 'x'.repeat(131_072) } }, 'the environment variable BIG has 131077 bytes'],
  ['a variable with the name of a setting of PM2', { env: { uid: '0' } }, 'the environment variable uid'],
  ['more arguments than Linux takes', { command: ['/bin/true', ...Array(40).fill('x'.repeat(120_000))] }, 'E2BIG'],
] as const)('%s is named', async (_what, more, reason) => {
  await using own = new OwnPm2Home()
  const launch = own.launcher().launch(own.order('forever.mjs', more as object), never)
  await expect(launch).rejects.toMatchObject({
    code: 'WORKER_NOT_LAUNCHED',
    message: expect.stringContaining(reason),
    remedy: expect.stringMatching(/./),
  })
})

test('a program without the right to execute is named', async () => {
  await using own = new OwnPm2Home()
  const program = join(own.folder, 'program')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o644 })
  const launch = own.launcher().launch(own.order('forever.mjs', { command: [program] }), never)
  await expect(launch).rejects.toThrow(`the program ${program} is not executable`)
})

test('a program, folder and log file with blanks and quotes in their names work', async () => {
  await using own = new OwnPm2Home()
  const cwd = join(own.folder, `a b's "c"`)
  mkdirSync(cwd)
  symlinkSync('/bin/pwd', join(cwd, 'my program'))
  const launcher = own.launcher()
  const ended = told(launcher, 'exited')
  await launcher.launch(own.order('', { command: ['./my program'], cwd, logFile: join(cwd, 'the log') }), never)
  await ended
  expect(statSync(join(cwd, 'the log')).size).toBeGreaterThan(cwd.length)
})

test('an aborted launch rejects with the reason and leaves no process behind', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  await launcher.launch(own.order('forever.mjs'), never)
  const abort = new AbortController()
  const launch = launcher.launch(own.order('forever.mjs'), abort.signal)
  abort.abort(new Error('startupTimeLimit'))
  await expect(launch).rejects.toThrow('startupTimeLimit')
  await expect(launcher.launch(own.order('forever.mjs'), abort.signal)).rejects.toThrow('startupTimeLimit')
  await launcher[Symbol.asyncDispose]()
  expect(await own.launcher().survivors()).toHaveLength(1)
})

test('a launch that is given up before PM2 is asked starts no PM2', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const abort = new AbortController()
  const launch = launcher.launch(own.order('forever.mjs'), abort.signal)
  abort.abort(new Error('nobody needs it any more'))
  await expect(launch).rejects.toThrow('nobody needs it any more')
  await launcher[Symbol.asyncDispose]()
  expect(processesOf(own.home)).toEqual([])
})

test.each([0, 1, 2, 3, 4, 6, 8, 12])('a launch aborted after %i ms leaves no process behind', async (ms) => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const ends: string[] = []
  launcher.on('exited', (worker) => ends.push(worker))
  await launcher.launch(own.order('forever.mjs'), never)
  const order = own.order('forever.mjs')
  const launch = launcher.launch(order, AbortSignal.timeout(ms)).catch(() => undefined)
  const launched = await launch
  await launcher[Symbol.asyncDispose]()
  expect(await own.launcher().survivors()).toHaveLength(launched ? 2 : 1)
  expect(ends).toEqual([])
})

test('a process that was left to itself runs on, is told of no more, and is no survivor', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const ends: string[] = []
  launcher.on('exited', (worker) => ends.push(worker))
  const order = own.order('forever.mjs')
  const { pid } = await launcher.launch(order, never)
  const identity = identityOf(pid)
  if (!identity) throw new Error('the process runs')
  await launcher.release(order.worker)
  await launcher.remove(order.worker)
  expect(lives(identity)).toBe(true)
  expect(launcher.describe()).toMatch(/, 0 processes$/)

  await launcher.shutdown()
  expect(lives(identity)).toBe(true)
  const later = own.launcher()
  later.on('exited', (worker) => ends.push(worker))
  expect(await later.survivors()).toEqual([])
  const other = own.order('forever.mjs')
  await later.launch(other, never)
  expect(lives(identity)).toBe(true)
  process.kill(pid, 'SIGKILL')
  await untilGone(identity, 10_000, systemClock)
  await expect.poll(() => readdirSync(join(own.home, 'released'))).toEqual([])
  expect(ends).toEqual([])
})
