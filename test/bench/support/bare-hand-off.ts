/**
 * The bare mechanism of a hand-off, in two processes, without anything that decides: accepts, looks at the first bytes, sends
 * the descriptor with a line, and closes its copy when the other has acknowledged. Run with an application's folder as `sender`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acceptHandles, socketOf, type TcpHandle } from '#base/handle.ts'
import { LineSplitter } from '#handoff/lines.ts'
import { PeerChannel } from '#sharing-client/channel.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { deferAccept, peek, sendAtOnce, sendDescriptor } from '#syscalls/sockets.ts'
import { serveDirectly } from './serve-directly.ts'

const [role, folder = '', path = ''] = process.argv.slice(2)
process.on('SIGTERM', () => process.exit(0))
if (role === 'sender') await send()
else await receive()

async function send(): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'portico-bare-'))
  process.on('exit', () => rmSync(place, { recursive: true }))
  const sharing = createServer().listen(join(place, 'sock'))
  await once(sharing, 'listening')
  const args = ['--disable-warning=ExperimentalWarning', import.meta.filename, 'receiver', folder, join(place, 'sock')]
  const receiver = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  process.on('exit', () => receiver.kill())
  const [channel] = (await once(sharing, 'connection')) as [Socket]
  const open = new Map<number, TcpHandle>()
  const lines = new LineSplitter()
  channel.on('data', (chunk) => {
    for (const line of lines.push(chunk) ?? []) {
      const { request } = JSON.parse(line) as { request: number }
      open.get(request)?.close()
      open.delete(request)
    }
  })
  const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
  sendAtOnce(descriptorOf(server))
  deferAccept(descriptorOf(server), 5)
  const buffer = Buffer.alloc(4096)
  let connections = 0
  acceptHandles(
    server,
    (handle) => {
      const request = ++connections
      open.set(request, handle)
      peek(handle.fd, buffer)
      const line = Buffer.from(`${JSON.stringify({ type: 'ping', request })}\n`)
      if (sendDescriptor(descriptorOf(channel), line, handle.fd) < line.length) throw new Error('the channel is full')
    },
    (errno) => {
      throw new Error(`accept failed: ${errno}`)
    },
  )
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
}

async function receive(): Promise<void> {
  const serve = await serveDirectly(folder)
  const channel: PeerChannel = new PeerChannel(path, {
    connected() {},
    message(message, handle) {
      if (message.type !== 'ping' || !handle) throw new Error('that was no hand-off')
      channel.send({ type: 'pong', request: message.request })
      serve(socketOf(handle, { allowHalfOpen: true, manualStart: true }))
    },
    closed: () => process.exit(0),
  })
}
