/** Both ends of a Unix stream connection in this process, and what a test needs to count of descriptors. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder that goes with the test. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Two connected sockets; `ours` is the accepted one. Both end with the test. */
export async function unixPair(): Promise<{ ours: Socket; peer: Socket }> {
  const path = join(ownFolder(), 'pair.sock')
  const listener = createServer().listen(path)
  await once(listener, 'listening')
  const peer = connect(path)
  const [ours] = (await once(listener, 'connection')) as [Socket]
  if (peer.connecting) await once(peer, 'connect')
  listener.close()
  onTestFinished(() => {
    ours.destroy()
    peer.destroy()
  })
  return { ours, peer }
}

/** How many descriptors a process has open, of a kind if wanted. */
export function openDescriptors(kind = '', pid: number | 'self' = 'self'): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(join(folder, name)).startsWith(kind)
    } catch {
      return false // the one with which the folder was read
    }
  }).length
}
