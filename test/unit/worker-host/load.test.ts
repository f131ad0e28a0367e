import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { load } from '#worker-host/load.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const application = (name: string) => `export default { name: '${name}', connection() {} }`

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(ownFolder(), 'app')
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

describe('the entry module of an application', () => {
  test.each<[string, Record<string, string>, string]>([
    ['is index.ts', { 'index.ts': application('ts'), 'index.js': application('js') }, 'ts'],
    ['is index.js without that', { 'index.js': application('js'), 'index.mjs': application('mjs') }, 'js'],
    ['is index.mjs without either', { 'index.mjs': application('mjs') }, 'mjs'],
    [
      'is what package.json names as main',
      { 'package.json': '{"main":"lib/app.mjs"}', 'lib/app.mjs': application('main'), 'index.ts': application('ts') },
      'main',
    ],
    ['is index.ts where package.json names none', { 'package.json': '{}', 'index.ts': application('ts') }, 'ts'],
    ['may be CommonJS', { 'index.js': "module.exports = { name: 'cjs', session() {} }" }, 'cjs'],
    [
      'may be compiled to CommonJS',
      { 'package.json': '{"main":"a.cjs"}', 'a.cjs': "exports.default = { name: 'compiled', session() {} }" },
      'compiled',
    ],
  ])('%s', async (_, files, name) => {
    expect(await load(folderOf(files))).toMatchObject({ name })
  })
})

describe('a folder is refused with a sentence that says what is wrong', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'has no entry module',
      { 'readme.md': '' },
      /^there is no entry module in .*app: neither main in package\.json nor/,
    ],
    [
      'names a main that is not there',
      { 'package.json': '{"main":"gone.js"}' },
      /names gone\.js as main, and there is no/,
    ],
    [
      'names a folder as main',
      { 'package.json': '{"main":"lib"}', 'lib/index.js': '' },
      /names lib as main, and there/,
    ],
    ['has a package.json that is no JSON', { 'package.json': '{' }, /package\.json can't be read as JSON/],
    ['exports nothing by default', { 'index.mjs': 'export const connection = () => {}' }, /must export by default an/],
    [
      'exports something else',
      { 'index.mjs': 'export default { connection: 1 }' },
      /a function connection or a function/,
    ],
    ['exports null', { 'index.mjs': 'export default null' }, /must export by default/],
    ['throws', { 'index.mjs': "throw new Error('no database')" }, /^no database$/],
    ['imports what is not there', { 'index.mjs': "import 'nowhere-to-be-found'" }, /nowhere-to-be-found/],
    ['does not parse', { 'index.mjs': 'export default {' }, /Unexpected|Failed to parse|Parse/],
  ])('that %s', async (_, files, sentence) => {
    await expect(load(folderOf(files))).rejects.toThrow(sentence)
  })

  test('that does not exist', async () => {
    await expect(load('/nowhere/at/all')).rejects.toThrow('the folder /nowhere/at/all does not exist')
  })
})
