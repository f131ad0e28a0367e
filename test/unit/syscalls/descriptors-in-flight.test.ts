import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownFolder } from '../../support/unix-pair.ts'

const program = join(import.meta.dirname, '../../fixtures/programs/sends-too-many.ts')
const hasTools = ['setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0)
// Root is exempt from the limit, so another account has to send.
const account = process.getuid?.() === 0 ? ['--reuid=81234', '--regid=81234', '--clear-groups'] : ['--no-new-privs']

test.skipIf(!hasTools)(
  'descriptors that others leave in their queues make the next one wait, and are no failure (skipped without setpriv and prlimit)',
  () => {
    const folder = ownFolder()
    chmodSync(folder, 0o777)
    const command = [...account, process.execPath, program, join(folder, 'many.sock')]
    expect(execFileSync('setpriv', command, { encoding: 'utf8' })).toBe('0\n')
  },
)
