import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 15_000 } },
      {
        test: {
          name: 'scenarios',
          expect: { poll: { timeout: 30_000 } },
          include: ['test/scenarios/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 }, // vitest wants projects with different workers in turns
          maxWorkers: Math.min(2, availableParallelism()),
        },
      },
    ],
  },
})
