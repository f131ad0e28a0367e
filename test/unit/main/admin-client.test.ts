/** Asking a running Portico: answers that break off, make no sense, or don't come. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask } from '#main/admin-client.ts'

/** Asks a home whose admin socket answers as the test says. */
async function asked(answer: (response: ServerResponse) => unknown, signal?: AbortSignal): Promise<unknown> {
  const home = mkdtempSync(join(tmpdir(), 'portico-admin-'))
  const server = createServer((_, response) => answer(response)).listen(join(home, 'admin.sock'))
  await once(server, 'listening')
  try {
    return await ask(home, 'GET', '/status', signal)
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(home, { recursive: true })
  }
}

test('an answer is given as its JSON says', async () => {
  expect(await asked((response) => response.end('{"pid":1}'))).toEqual({ pid: 1 })
})

test('an answer that is no JSON is a failure of the asked, not of the process', async () => {
  await expect(asked((response) => response.end('hello'))).rejects.toMatchObject({ code: 'ADMIN_FAILED' })
})

test('an answer that breaks off is a failure', async () => {
  const cut = asked((response) => {
    response.write('{"pid"', () => response.destroy())
  })
  await expect(cut).rejects.toMatchObject({ code: 'ADMIN_FAILED' })
})

test('a signal ends the wait for an answer that does not come', async () => {
  const enough = new AbortController()
  const cut = asked(() => enough.abort(new Error('enough')), enough.signal)
  await expect(cut).rejects.toMatchObject({ code: 'ADMIN_FAILED' })
})

test('a home where nothing runs says so', async () => {
  await expect(ask('/nowhere', 'GET', '/status')).rejects.toMatchObject({ code: 'NOT_RUNNING' })
})
