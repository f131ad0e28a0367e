/** `portico probe` as it is run: its exit codes, its streams, and SIGINT. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { scriptedServer } from '../../support/scripted-server.ts'
import { echo, preamble, urlOf } from './probe-servers.ts'

const cli = join(import.meta.dirname, '../../../src/main/cli.ts')

function portico(...args: readonly string[]) {
  const child = spawn(process.execPath, [cli, 'probe', ...args, '--home', '/nowhere'])
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { child, ended: ended.then(([stdout, stderr, [code]]) => ({ stdout, stderr, code: code as number | null })) }
}

test('it ends with 0 when all connections got a reply', async () => {
  await using server = await scriptedServer(echo)
  const { stdout, stderr, code } = await portico(urlOf(server.port), '--count', '3').ended
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  expect(stdout).toContain('3 of 3 connections got a reply\n')
})

test('it ends with 1 when one got none', async () => {
  await using server = await scriptedServer((peer, n) => (n === 2 ? peer.socket.resetAndDestroy() : echo(peer)))
  const { stdout, code } = await portico(urlOf(server.port), '--count', '3', '--json').ended
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { outcome: string }).outcome)
  expect(outcomes).toEqual(['replied', expect.stringMatching(/^(reset|unreachable)$/), 'replied'])
  expect(code).toBe(1)
})

test('it ends with 2 and an example for anything but a net.tcp address', async () => {
  const { stdout, stderr, code } = await portico('http://localhost:8808/echo').ended
  expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
  expect(stderr).toBe(
    'portico: "http://localhost:8808/echo" is no net.tcp address\n' +
      '  Write it like net.tcp://localhost:8808/echo; without a port it is 808.\n',
  )
})

test('SIGINT ends it with what was measured until then', async () => {
  const waiting = Promise.withResolvers<void>()
  await using server = await scriptedServer(async (peer, n) => {
    if (n === 1) return echo(peer)
    await preamble(peer)
    waiting.resolve()
  })
  const { child, ended } = portico(urlOf(server.port), '--count', '5')
  await waiting.promise
  child.kill('SIGINT')
  const { stdout, stderr, code } = await ended
  expect(stdout).toMatch(/^1: unknown \(.*\) {2}ack .*\n2: unknown {2}interrupted before the acknowledgement\n/)
  expect(stdout).toContain('1 of 5 connections got a reply; 3 were not tried\n')
  expect({ stderr, code }).toEqual({ stderr: '', code: 1 })
})
