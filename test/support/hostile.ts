/** What the scenarios with hostile peers share: their processes, raw channels, and what must have gone when they have. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { runAs } from './knocking.ts'
import { NetTcpClient } from './net-tcp-client.ts'
import type { PorticoUnderTest } from './portico-under-test.ts'
import { SharingPeer } from './sharing-peer.ts'
import { openDescriptors } from './unix-pair.ts'

export const socketOf = (portico: PorticoUnderTest): string => portico.service.options.home.sharingSocket
export const peerOf = (portico: PorticoUnderTest): Promise<SharingPeer> => SharingPeer.connect(socketOf(portico))

/** A channel that reads nothing and says what the test says, in whatever bytes. */
export async function mute(portico: PorticoUnderTest): Promise<Socket> {
  const socket = connect({ path: socketOf(portico), allowHalfOpen: true }).pause()
  socket.on('error', () => {}) // its end shows elsewhere
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

export const lineOf = (message: object): string => `${JSON.stringify(message)}\n`
export const hello: string = lineOf({ type: 'hello', version: 1 })

/** A program that registers `count` addresses on the port and takes no connection, once it has them. */
export async function takesNothing(
  portico: PorticoUnderTest,
  port: number,
  count: number,
  behaviour: 'unread' | 'unanswered' | 'half-a-line',
): Promise<ChildProcess> {
  const args = [socketOf(portico), `${port}`, `${count}`, behaviour]
  const child = runAs(undefined, 'takes-nothing.py', { args })
  await once(child.stdout ?? child, 'data')
  child.stdout?.resume()
  return child
}

export async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** What a client that asks for `path` gets, on a port of its own. */
export async function answerOf(port: number, path: string): Promise<string> {
  using client = await NetTcpClient.open(port, path)
  return await client.answer()
}

/** An application and an honest self-hosted service answer. */
export async function othersAreServed(portico: PorticoUnderTest, honest: SharingPeer): Promise<void> {
  expect(await portico.call('/echo')).toBe('hello')
  const answered = answerOf(portico.port, '/honest')
  await honest.answer()
  expect(await answered).toBe('ack')
}

/** Timers that a worker process has at some times and not at others. */
const ofWorker = 2

/** Portico with an application that runs and an honest service, and what it costs by then. */
export async function withOthers(portico: PorticoUnderTest) {
  const honest = await peerOf(portico)
  await honest.registered(`net.tcp://+:${portico.port}/honest`)
  await othersAreServed(portico, honest)
  const { ports } = portico.status
  const descriptors = await settledDescriptors()
  const timers = portico.clock.pending
  return {
    honest,
    async nothingIsLeft(): Promise<void> {
      await portico.until(({ registrations }) => registrations.length === 1)
      await othersAreServed(portico, honest)
      expect(portico.status.ports.map(({ port }) => port)).toEqual(ports.map(({ port }) => port))
      await expect.poll(() => openDescriptors()).toBeLessThanOrEqual(descriptors)
      await expect.poll(() => portico.clock.pending).toBeLessThanOrEqual(timers + ofWorker)
    },
  }
}

/** Connections of before may still be closing. */
async function settledDescriptors(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  return openDescriptors()
}

/** Whether the kernel (6.16 and later) lets a socket take no descriptors. */
export const descriptorsCanBeRefused: boolean =
  spawnSync('python3', ['-c', 'import socket; socket.socket(socket.AF_UNIX).setsockopt(socket.SOL_SOCKET, 83, 0)'])
    .status === 0
