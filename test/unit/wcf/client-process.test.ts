import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { wcf, z } from '#wcf/wcf.ts'
import { servedWcf } from '../../support/served-wcf.ts'

const run = promisify(execFile)
const echo = { name: 'IEcho', operations: { Echo: { in: { text: z.string() }, out: z.string() } } }

/** A program that calls, and then has nothing more to do. */
const program = (address: string, end: string) => `
import { client, z } from '${join(import.meta.dirname, '../../../src/wcf/wcf.ts')}'
const echo = { name: 'IEcho', operations: { Echo: { in: { text: z.string() }, out: z.string() } } }
const calls = client(echo, '${address}')
console.log(await calls.Echo({ text: 'hello' }))
${end}
`

test.each([
  ['without closing its client', ''],
  ['that closes its client', 'await calls.close()\nconsole.log("closed")'],
])('a program %s ends when it has nothing more to do', async (_, end) => {
  await using served = await servedWcf(wcf(echo, { Echo: ({ text }) => text }))
  const arguments_ = ['--input-type=module-typescript', '-e', program(served.address, end)]
  const { stdout } = await run(process.execPath, arguments_, { timeout: 50_000 })
  expect(stdout).toBe(end ? 'hello\nclosed\n' : 'hello\n')
  await served.whenOpen(0)
})
