import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { LogFields } from '#base/log.ts'
import { FolderWatch } from '#registry/folder-watch.ts'
import { ManualClock } from '../../support/manual-clock.ts'

// A kernel that has no watch left for this account.
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  watch: () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  },
}))

test('a folder that the kernel does not watch is looked at every second, and that is said once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-unwatched-'))
  const clock = new ManualClock()
  const warnings: [string, LogFields][] = []
  const log = {
    info() {},
    error() {},
    warn: (event: string, fields: LogFields = {}) => void warnings.push([event, fields]),
  }
  let news = Promise.withResolvers<void>()
  try {
    await using _watch = await FolderWatch.open(folder, clock, log, () => news.resolve())
    for (let second = 0; second < 3; second++) {
      news = Promise.withResolvers()
      for (let look = 0; look < 2; look++) {
        await clock.whenSet(500)
        clock.turn(500)
      }
      await news.promise
    }
    expect(warnings).toEqual([['folder.unwatched', expect.objectContaining({ code: 'FOLDER_NOT_WATCHED' })]])
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect(clock.pending).toBe(0)
})
