import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endTree, environmentOf, identityOf, lives, nobody, ownUmask, parseStat, startOf } from '#launcher/processes.ts'

const forever = ['-e', 'setInterval(() => {}, 60000)']

test('a process name with blanks and brackets does not move the fields of its stat', () => {
  const stat = `4711 (a) b (c) S 1 4711 4712 ${'0 '.repeat(15)}987654 0 0`
  expect(parseStat(stat)).toEqual({ pid: 4711, state: 'S', session: 4712, startTicks: 987654 })
  expect(parseStat('')).toBeUndefined()
})

test('a process is known by its pid and its start, so that a reused pid is another process', () => {
  const self = identityOf(process.pid)
  if (!self) throw new Error('this process is not under /proc')
  expect(lives(self)).toBe(true)
  expect(lives({ ...self, startTicks: self.startTicks - 1 })).toBe(false)
  expect(lives(nobody(process.pid))).toBe(false)
  expect(Math.abs(startOf(self) - (Date.now() - process.uptime() * 1000))).toBeLessThan(2000)
})

test('ending a process whose pid has gone to another touches nobody', async () => {
  const child = spawn(process.execPath, forever, { detached: true, stdio: 'ignore' })
  const identity = identityOf(child.pid ?? 0)
  if (!identity) throw new Error('the child is not under /proc')
  endTree({ ...identity, startTicks: identity.startTicks + 1 })
  expect(lives(identity)).toBe(true)
  const ended = once(child, 'exit')
  endTree(identity)
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect(lives(identity)).toBe(false)
  endTree(identity)
})

test('the environment of a process is read as it was given', async () => {
  const env = { A: 'ä=b', EMPTY: '', LINES: 'a\nb' }
  const child = spawn('/bin/sleep', ['1000'], { env, stdio: 'ignore' })
  await once(child, 'spawn')
  expect(environmentOf(child.pid ?? 0)).toEqual(env)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(environmentOf(child.pid ?? 0)).toEqual({})
})

test('the umask is read without being changed', () => {
  expect(Number.parseInt(ownUmask(), 8)).toBe(process.umask())
})
