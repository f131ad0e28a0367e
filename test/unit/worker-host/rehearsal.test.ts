/** The rehearsal of a first connection serves a session of a real application, or says what is wrong. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rehearse } from '#worker-host/rehearsal.ts'

const folder = (name: string) => join(import.meta.dirname, '../../fixtures/apps', name)

test('a rehearsal ends when its session has', async () => {
  await rehearse(join(import.meta.dirname, '../../../src/main/rehearsal'))
})

test('a rehearsal fails with an application that does not load', async () => {
  await expect(rehearse(folder('throws-at-load'))).rejects.toThrow()
})
