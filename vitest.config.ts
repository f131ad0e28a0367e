import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * A process runs file after file, and loads each module once: no test changes what another imports. Scenarios wait for
 * processes now and then, so that one more test than there are processors is run; they need no more than three.
 */
const shared = { isolate: false, maxWorkers: Math.min(3, availableParallelism() + 1) }

const scenarios = {
  ...shared,
  expect: { poll: { timeout: 30_000 } },
  include: ['test/scenarios/**/*.test.ts'],
  globalSetup: ['test/support/compile-once.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
}

/** Clients and servers whose stacks nobody here wrote; those that are missing are said to be, and their tests skipped. */
const interop = {
  name: 'interop',
  include: ['test/interop/**/*.test.ts'],
  globalSetup: ['test/support/compile-once.ts', 'test/interop/support/peers.ts'],
}

/** Whether an ordinary user gets to a folder: all above let everybody through. */
function isOpen(folder: string): boolean {
  return (statSync(folder).mode & 0o005) === 0o005 && (dirname(folder) === folder || isOpen(dirname(folder)))
}

/** What happens after a connection is routed, whoever runs Portico; accounts and their permissions have no part in it. */
const sameForEveryAccount = [
  'activation',
  'explain',
  'hostile-workers',
  'recycling',
  'services',
  'waiting',
  'wcf',
  'wcf-client',
  'web-garden',
].map((name) => `test/scenarios/${name}.test.ts`)

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
      { test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { ...scenarios, name: 'scenarios' } },
      { test: { ...scenarios, ...interop } },
      ...(again
        ? [
            {
              test: {
                ...scenarios,
                name: 'scenarios as an ordinary user',
                exclude: sameForEveryAccount,
                setupFiles: ['test/support/as-ordinary-user.ts'],
              },
            },
          ]
        : []),
    ],
  },
})
