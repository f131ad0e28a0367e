/** The programs that run because something failed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FailureAction } from '#activation/pool-protection.ts'
import { commandOf, runFailureAction } from '#main/failure-action.ts'
import { KeptLog } from '../../support/kept-log.ts'

const action: FailureAction = { attribute: 'orphanActionExe', pool: 'Pool', program: '/bin/dump', parameters: '' }

test.each([
  ['', []],
  ['  -p %1% ', ['-p', '4711']],
  ['-o "a file" -c "%WITH BLANKS%"', ['-o', 'a file', '-c', 'two words']],
  ['%WITH BLANKS%', ['%WITH', 'BLANKS%']],
  ['-f"a b"c ""', ['-fa bc', '']],
  ['$(id); `id` > x', ['$(id);', '`id`', '>', 'x']],
])('the parameters %j are %j', (parameters, expected) => {
  const environment = { 'WITH BLANKS': 'two words' }
  expect(commandOf({ ...action, parameters, subject: '4711' }, environment)).toEqual(['/bin/dump', ...expected])
})

test('a variable stands in the program as well, and one that is not set is an error', () => {
  expect(commandOf({ ...action, program: '%TOOLS%/dump' }, { TOOLS: '/opt/my tools' })).toEqual(['/opt/my tools/dump'])
  expect(() => commandOf({ ...action, program: '%TOOLS%/dump' }, {})).toThrow('environment variable TOOLS')
})

test.each([
  ['/nowhere/at/all', '', /ENOENT/],
  [process.execPath, '-e process.exit(3)', /exit code 3/],
  ['%NOT_SET_FOR_PORTICO%', '', /NOT_SET_FOR_PORTICO/],
])('the failure of %s is logged', async (program, parameters, reason) => {
  const log = new KeptLog()
  runFailureAction({ ...action, program, parameters }, log)
  await expect
    .poll(() => log.events)
    .toContainEqual({
      level: 'error',
      event: 'pool.actionFailed',
      fields: expect.objectContaining({
        pool: 'Pool',
        attribute: 'orphanActionExe',
        reason: expect.stringMatching(reason),
      }),
    })
})

test('a program runs with its parameters, and without one nothing does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-action-'))
  try {
    const script = join(folder, 'writes.mjs')
    const written = join(folder, 'written')
    writeFileSync(
      script,
      `import { renameSync, writeFileSync } from 'node:fs'
      writeFileSync(process.argv[2] + '.new', process.argv[3])
      renameSync(process.argv[2] + '.new', process.argv[2])`,
    )
    const log = new KeptLog()
    runFailureAction(
      { ...action, program: process.execPath, parameters: `${script} ${written} %1%`, subject: '4711' },
      log,
    )
    await expect.poll(() => readFileSync(written, 'utf8')).toBe('4711')
    runFailureAction({ ...action, program: '' }, log)
    expect(log.events.map(({ event }) => event)).toEqual(['pool.actionStarted'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
