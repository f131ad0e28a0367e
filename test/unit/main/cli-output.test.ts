/** What becomes of a command whose output nobody reads, or nothing takes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const entry = join(import.meta.dirname, '../../../bin/portico.js')

/** `portico --help` with this for its standard output. */
async function help(stdout: 'pipe' | number) {
  const child = spawn(process.execPath, [entry, '--help'], { stdio: ['ignore', stdout, 'pipe'] })
  child.stdout?.destroy() // as head closes it, here before a byte
  let err = ''
  child.stderr?.on('data', (chunk) => (err += String(chunk)))
  const [code] = await once(child, 'close')
  return { code, err }
}

test('a reader that has read enough is no error', async () => {
  expect(await help('pipe')).toEqual({ code: 0, err: '' })
})

test('output that could not be written is one', async () => {
  const full = openSync('/dev/full', 'w')
  const { code, err } = await help(full)
  closeSync(full)
  expect(code).toBe(1)
  expect(err).toContain("the output can't be written: ")
  expect(err).toContain('ENOSPC')
})
