/** A net.tcp client of a program that sends back what it gets, from the first byte of the preamble on; it ends with the test. */
import { connect } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { NetTcpClient, wholePreamble } from './net-tcp-client.ts'

export const viaOf = (port: number, path: string) => `net.tcp://localhost:${port}${path}`

/** Sends the preamble for `path`, and waits for nothing. */
export async function opened(port: number, path: string): Promise<NetTcpClient> {
  const client = await NetTcpClient.open(port, path)
  onTestFinished(() => client[Symbol.dispose]())
  return client
}

/** The same, and the program has sent all of that back. */
export async function echoing(port: number, path: string): Promise<NetTcpClient> {
  const client = await opened(port, path)
  await expectWhole(client, port, path)
  return client
}

/** The program has got every byte, from the first. */
export async function expectWhole(client: NetTcpClient, port: number, path: string): Promise<void> {
  const preamble = wholePreamble(viaOf(port, path))
  expect(await client.read(preamble.length)).toEqual(preamble)
}

export async function expectEcho(client: NetTcpClient, text: string): Promise<void> {
  client.write(Buffer.from(text))
  expect(String(await client.read(text.length))).toBe(text)
}

/** Whether anybody listens there. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  const open = await promise
  socket.destroy()
  return open
}
