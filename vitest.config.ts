import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { defineConfig } from 'vitest/config'

const scenarios = {
  expect: { poll: { timeout: 30_000 } },
  include: ['test/scenarios/**/*.test.ts'],
  globalSetup: ['test/support/compile-once.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxWorkers: Math.min(2, availableParallelism()),
}

/** Whether an ordinary user gets to a folder: all above let everybody through. */
function isOpen(folder: string): boolean {
  return (statSync(folder).mode & 0o005) === 0o005 && (dirname(folder) === folder || isOpen(dirname(folder)))
}

/** What happens after a connection is routed, whoever runs Portico; accounts and their permissions have no part in it. */
const sameForEveryAccount = ['activation', 'explain', 'recycling', 'services', 'web-garden'].map(
  (name) => `test/scenarios/${name}.test.ts`,
)

// Root runs the scenarios once more as an ordinary user; everybody else is one.
const isRoot = process.getuid?.() === 0
const again = isRoot && isOpen(import.meta.dirname)
if (isRoot && !again)
  process.stderr.write(
    `The scenarios are not run again as an ordinary user: a folder on the way to ${import.meta.dirname} is closed to others.\n`,
  )

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      // No test changes what others import, so that a process runs file after file and loads each module once.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 15_000,
          isolate: false,
          maxWorkers: availableParallelism(),
        },
      },
      // vitest wants projects with different workers in turns
      { test: { ...scenarios, name: 'scenarios', sequence: { groupOrder: 1 } } },
      ...(again
        ? [
            {
              test: {
                ...scenarios,
                name: 'scenarios as an ordinary user',
                exclude: sameForEveryAccount,
                setupFiles: ['test/support/as-ordinary-user.ts'],
                sequence: { groupOrder: 1 },
              },
            },
          ]
        : []),
    ],
  },
})
