import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, copyFileSync, fsyncSync, openSync, statfsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { giveMemoryBack, mappings, residentBytes } from '#syscalls/memory.ts'
import { type ProcessHandle, peerProcess } from '#syscalls/processes.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const never = new AbortController().signal

const tmpfs = 0x01021994

/** A program of which no other process has pages in memory, on the disk as far as there is one. */
function programOfItsOwn(): string {
  const copy = join(ownFolder(), 'node')
  copyFileSync(process.execPath, copy)
  const file = openSync(copy, 'r')
  fsyncSync(file)
  closeSync(file)
  return copy
}

/** A Node that is connected to this process. */
async function child(program: string): Promise<{ pid: number; handle: ProcessHandle }> {
  const path = join(ownFolder(), 'socket')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const process_ = spawn(program, ['-e', `require('net').connect(${JSON.stringify(path)}).resume()`])
  const [socket] = await once(server, 'connection')
  const handle = peerProcess(descriptorOf(socket))
  if (!handle) throw new Error('this kernel names no process')
  onTestFinished(async () => {
    handle[Symbol.dispose]()
    process_.kill('SIGKILL')
    await once(process_, 'close')
    server.close()
  })
  return { pid: process_.pid ?? 0, handle }
}

test('the memory of a stopped process is given back, or the error says what is in the way', async () => {
  const program = programOfItsOwn()
  const { pid, handle } = await child(program)
  handle.signal(19)
  const given = await giveMemoryBack(handle, pid, never).catch((error: NodeJS.ErrnoException) => error)
  if (given instanceof Error) expect(['EPERM', 'EACCES', 'ENOSYS']).toContain(given.code)
  else {
    expect(given.before).toBeGreaterThan(10e6)
    if (statfsSync(program).type === tmpfs) expect(given.after).toBeLessThanOrEqual(given.before)
    else expect(given.after).toBeLessThan(given.before * 0.9)
  }
})

test('a process that has ended has no memory to give', async () => {
  const path = join(ownFolder(), 'socket')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const client = connect(path)
  const [socket] = await once(server, 'connection')
  const own = peerProcess(descriptorOf(socket))
  own?.[Symbol.dispose]()
  expect(own?.descriptor).toBe(-1)
  await expect(giveMemoryBack(own as ProcessHandle, process.pid, never)).rejects.toMatchObject({ code: 'EBADF' })
  client.destroy()
  server.close()
  expect(await residentBytes(2 ** 30)).toBe(0)
})

test('giving back ends between two pieces when the process is needed', async () => {
  const { pid, handle } = await child(process.execPath)
  handle.signal(19)
  const given = await giveMemoryBack(handle, pid, AbortSignal.abort()).catch((error: NodeJS.ErrnoException) => error)
  if (!(given instanceof Error)) expect(given.after).toBe(given.before)
})

test('mappings are those of the maps file, without what belongs to the kernel and what is only reserved', () => {
  const text = `00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/node
7f0000000000-7f8000000000 ---p 00000000 00:00 0
7ffd8a9c4000-7ffd8a9e5000 rw-p 00000000 00:00 0                          [stack]
7ffd8a9f6000-7ffd8a9f8000 r-xp 00000000 00:00 0                          [vdso]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`
  expect(mappings(text)).toEqual([
    { address: 0x400000n, size: 0x52000 },
    { address: 0x7ffd8a9c4000n, size: 0x21000 },
  ])
})
