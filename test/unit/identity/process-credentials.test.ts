import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseStatus, processCredentials } from '#identity/process-credentials.ts'

const differing = ['--ruid', '65534', '--euid', '65533', '--rgid', '65532', '--egid', '65531', '--groups', '7,8']
const maySetIds = spawnSync('setpriv', [...differing, 'true']).status === 0

/** A process that has started when this resolves, and ends with the test. */
async function running(command: string, ...args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  })
  child.stdin.write('x')
  await once(child.stdout, 'data')
  return child.pid ?? -1
}

describe('the credentials of a process', () => {
  test('are those of this one', () => {
    const found = processCredentials(process.pid)
    expect(found).toMatchObject({ uid: process.geteuid?.(), gid: process.getegid?.() })
    expect(new Set([...(found?.groups ?? []), found?.gid])).toEqual(new Set(process.getgroups?.()))
  })

  test.skipIf(!maySetIds)(
    'are the effective ids and the supplementary groups (skipped unless root, with setpriv)',
    async () => {
      const pid = await running('setpriv', ...differing, 'cat')
      expect(processCredentials(pid)).toEqual({ uid: 65533, gid: 65531, groups: [7, 8] })
    },
  )

  test('do not depend on the name that the process gives itself', async () => {
    const script = `
      require('node:fs').writeFileSync('/proc/self/comm', '\\nUid:\\t7\\t7\\t7\\t7')
      process.stdin.pipe(process.stdout)`
    const pid = await running(process.execPath, '-e', script)
    expect(processCredentials(pid)?.uid).toBe(process.geteuid?.())
  })

  test('are unknown when nobody has the pid', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    expect(processCredentials(child.pid ?? -1)).toBeUndefined()
    for (const pid of [0, -1, 1.5, Number.NaN]) expect(processCredentials(pid)).toBeUndefined()
  })
})

test('a status is read by the names of its lines, and is nothing without one of them', () => {
  const status = ['Name:\tx', 'Uid:\t1\t2\t3\t4', 'Gid:\t5\t6\t7\t8', 'Groups:\t9 4294967294 ', 'NStgid:\t1'].join('\n')
  expect(parseStatus(status)).toEqual({ uid: 2, gid: 6, groups: [9, 4_294_967_294] })
  expect(parseStatus(status.replace(/Groups.*/, 'Groups:\t'))).toEqual({ uid: 2, gid: 6, groups: [] })
  for (const name of ['Uid', 'Gid', 'Groups']) expect(parseStatus(status.replace(`${name}:`, 'X:'))).toBeUndefined()
})
