import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { processCredentials } from '#identity/process-credentials.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { peerCredentials } from '#syscalls/processes.ts'
import { socketPair } from '../../support/framing-client.ts'
import { ownFolder, unixPair } from '../../support/unix-pair.ts'

const isRoot = process.getuid?.() === 0
const maySetGroups = isRoot && spawnSync('setpriv', ['--groups', '7', 'true']).status === 0

/** The accepted end of a Unix connection whose client is a process with these groups. */
async function connectionFrom(...identity: string[]): Promise<Socket> {
  const path = join(ownFolder(), 'peer.sock')
  const listener = createServer().listen(path)
  await once(listener, 'listening')
  const script = `require('node:net').connect(${JSON.stringify(path)}).resume()`
  const child = spawn('setpriv', [...identity, process.execPath, '-e', script], { stdio: 'inherit' })
  const [socket] = (await once(listener, 'connection')) as [Socket]
  listener.close()
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    socket.destroy()
    await ended
  })
  return socket
}

describe('the groups of a peer', () => {
  test('are those of the process, in this one', async () => {
    const { ours } = await unixPair()
    const { gid, groups } = peerCredentials(descriptorOf(ours))
    expect(new Set([gid, ...groups])).toEqual(new Set(process.getgroups?.()))
  })

  test.skipIf(!maySetGroups)(
    'are the supplementary ones, up to 32 bits (skipped unless root, with setpriv)',
    async () => {
      const socket = await connectionFrom('--groups', '7,4000000000', '--regid', '3999999999')
      expect(peerCredentials(descriptorOf(socket))).toMatchObject({
        uid: 0,
        gid: 3_999_999_999,
        groups: [7, 4_000_000_000],
      })
    },
  )

  test.skipIf(!maySetGroups)('can be none, and any number (skipped unless root, with setpriv)', async () => {
    const none = await connectionFrom('--clear-groups')
    expect(peerCredentials(descriptorOf(none)).groups).toEqual([])
    const many = Array.from({ length: 1000 }, (_, index) => 5000 + index)
    const member = await connectionFrom('--groups', many.join())
    expect(peerCredentials(descriptorOf(member)).groups).toEqual(many)
  })

  test('are none for a socket that has no peer process', async () => {
    const { client, server } = await socketPair()
    onTestFinished(() => {
      client.socket.destroy()
      server.destroy()
    })
    const nobody = { pid: 0, uid: 0xffff_ffff, gid: 0xffff_ffff, groups: [] }
    expect(peerCredentials(descriptorOf(server))).toEqual(nobody)
  })

  test.skipIf(!maySetGroups)('are what /proc says of the process (skipped unless root, with setpriv)', async () => {
    const socket = await connectionFrom('--groups', '7,8', '--regid', '9')
    const { pid, ...credentials } = peerCredentials(descriptorOf(socket))
    expect(processCredentials(pid)).toEqual(credentials)
  })
})

describe('a process that gave up privileges', () => {
  const program = join(import.meta.dirname, '../../fixtures/programs/forgoes-privileges.ts')
  const ambient = ['--inh-caps', '+net_bind_service', '--ambient-caps', '+net_bind_service']
  const mayGrant = isRoot && spawnSync('setpriv', [...ambient, 'true']).status === 0

  test('starts processes that gain none by executing a program', () => {
    const status = execFileSync(process.execPath, [program], { encoding: 'utf8' })
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
  })

  test.skipIf(!mayGrant)('hands on none of its ambient capabilities (skipped unless root, with setpriv)', () => {
    const before = execFileSync('setpriv', [...ambient, 'cat', '/proc/self/status'], { encoding: 'utf8' })
    expect(before).toMatch(/^CapAmb:\t0*400$/m)
    const after = execFileSync('setpriv', [...ambient, process.execPath, program], { encoding: 'utf8' })
    expect(after).toMatch(/^CapAmb:\t0+$/m)
  })
})
