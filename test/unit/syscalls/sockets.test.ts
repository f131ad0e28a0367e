import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { lockFile, peerCredentials, peerProcess } from '#syscalls/processes.ts'
import { hasHungUp, peek, sendDescriptor } from '#syscalls/sockets.ts'
import { socketPair } from '../../support/framing-client.ts'
import { openDescriptors, ownFolder, unixPair } from '../../support/unix-pair.ts'

/** A connection over loopback whose accepted end nobody reads. */
async function accepted() {
  const { client, server } = await socketPair()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  return { client: client.socket, server, descriptor: descriptorOf(server) }
}

/** Waits for the kernel to carry what was sent over loopback; that takes no event of ours. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe('a look at a connection', () => {
  test('finds nothing while the client is silent', async () => {
    const { descriptor } = await accepted()
    expect(peek(descriptor, Buffer.alloc(8))).toEqual({ is: 'nothing' })
    expect(hasHungUp(descriptor)).toBe(false)
  })

  test('takes no byte: each look finds all of them, and so does who reads afterwards', async () => {
    const { client, server, descriptor } = await accepted()
    client.write('abc')
    const buffer = Buffer.alloc(8)
    await until(() => peek(descriptor, buffer).is === 'bytes')
    client.write('def')
    await until(() => {
      const found = peek(descriptor, buffer)
      return found.is === 'bytes' && found.count === 6
    })
    expect(buffer.toString('utf8', 0, 6)).toBe('abcdef')
    server.resume()
    const [bytes] = (await once(server, 'data')) as [Buffer]
    expect(bytes.toString()).toBe('abcdef')
  })

  test('tells the end of a client that sent nothing, and one behind bytes that wait', async () => {
    const silent = await accepted()
    silent.client.end()
    await until(() => hasHungUp(silent.descriptor))
    expect(peek(silent.descriptor, Buffer.alloc(8))).toEqual({ is: 'end' })
    const cutOff = await accepted()
    cutOff.client.end('ab')
    await until(() => hasHungUp(cutOff.descriptor))
    expect(peek(cutOff.descriptor, Buffer.alloc(8))).toEqual({ is: 'bytes', count: 2 })
  })

  test('throws for a connection that was reset, and for one that is closed', async () => {
    const { client, server, descriptor } = await accepted()
    client.resetAndDestroy()
    await until(() => hasHungUp(descriptor))
    expect(() => peek(descriptor, Buffer.alloc(8))).toThrow('recv failed: ECONNRESET')
    server.destroy()
    expect(() => peek(descriptorOf(server), Buffer.alloc(8))).toThrow('recv failed: EBADF')
  })
})

describe('a descriptor that is sent', () => {
  test('waits with the line; a full queue takes neither of them', async () => {
    const { ours, peer } = await unixPair()
    const { descriptor } = await accepted()
    peer.pause()
    const line = Buffer.from('line\n')
    let sent = 0
    while (sendDescriptor(descriptorOf(ours), line, descriptor) > 0) sent++
    expect(sent).toBeGreaterThan(100)
    expect(sent).toBeLessThan(5000)
    peer.resume()
    let received = 0
    for await (const chunk of peer) {
      received += (chunk as Buffer).byteLength
      if (received >= sent * line.byteLength) break
    }
    expect(received).toBe(sent * line.byteLength)
  })

  test('to a peer that is gone throws', async () => {
    const { ours, peer } = await unixPair()
    const { descriptor } = await accepted()
    peer.destroy()
    await once(peer, 'close')
    const descriptorOfOurs = descriptorOf(ours)
    expect(() => sendDescriptor(descriptorOfOurs, Buffer.from('x\n'), descriptor)).toThrow('sendmsg failed: EPIPE')
  })
})

describe('the process at the other end of a Unix socket', () => {
  test('is known by the word of the kernel', async () => {
    const { ours } = await unixPair()
    expect(peerCredentials(descriptorOf(ours))).toMatchObject({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    })
  })

  test('is claimed by one descriptor, which disposing gives back', async () => {
    const { ours } = await unixPair()
    const before = openDescriptors()
    const claimed = peerProcess(descriptorOf(ours))
    if (!claimed) return // a kernel before 6.5 has none
    expect(openDescriptors()).toBe(before + 1)
    expect(claimed.signal(0)).toBe(true)
    claimed[Symbol.dispose]()
    claimed[Symbol.dispose]()
    expect(openDescriptors()).toBe(before)
    expect(claimed.signal(0)).toBe(false)
  })

  test('can not be asked of a descriptor that is none', () => {
    expect(() => peerCredentials(-1)).toThrow('getsockopt failed: EBADF')
    expect(peerProcess(-1)).toBeUndefined()
  })
})

describe('the lock of a file', () => {
  test('has one owner at a time', () => {
    const path = join(ownFolder(), 'lock')
    const [first, second] = [openSync(path, 'a'), openSync(path, 'a')]
    onTestFinished(() => [first, second].forEach(closeSync))
    expect([lockFile(first), lockFile(second), lockFile(first)]).toEqual([true, false, true])
  })

  test('that is no file throws', () => {
    expect(() => lockFile(-1)).toThrow('flock failed: EBADF')
  })
})

test('a socket that is closed has no descriptor', async () => {
  const socket = connect('/nowhere').on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  expect(descriptorOf(socket)).toBe(-1)
})
