import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ownFolder } from '../../support/unix-pair.ts'

const host = pathToFileURL(join(import.meta.dirname, '../../../src/worker-host/load.ts')).href
const program = `
  const { load } = await import(${JSON.stringify(host)})
  try { console.log((await load(process.argv[1])).name) } catch (error) { console.log(error.code ?? error.message) }`

/** What a process that loads an application of these files says: the name that it has, or the code of the error. */
async function loaded(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = ownFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, folder])
  return stdout.trim()
}

const naming = (name: string) => `import * as wcf from 'portico/wcf'
  export default { name: typeof wcf.${name}, session() {} }`

// In processes of their own: here vitest finds the modules.
describe('portico/wcf', () => {
  test('is there for an application that has no Portico of its own', async () => {
    expect(await loaded({ 'index.mjs': naming('wcf') })).toBe('function')
  })

  test('is there for require as well', async () => {
    const requiring = "module.exports = { name: typeof require('portico/wcf').wcf, session() {} }"
    expect(await loaded({ 'index.js': requiring })).toBe('function')
  })

  test('is that of the application where it has one', async () => {
    const own = {
      'node_modules/portico/package.json': '{"name":"portico","type":"module","exports":{"./wcf":"./wcf.mjs"}}',
      'node_modules/portico/wcf.mjs': 'export const own = true',
    }
    expect(await loaded({ ...own, 'index.mjs': naming('own') })).toBe('boolean')
  })

  test('has only those beside it that Portico exports', async () => {
    const importing = "import 'portico/nothing'; export default { session() {} }"
    expect(await loaded({ 'index.mjs': importing })).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  test('changes nothing for what is not there at all', async () => {
    expect(await loaded({ 'index.mjs': "import 'portico-else'; export default { session() {} }" })).toBe(
      'ERR_MODULE_NOT_FOUND',
    )
  })
})
