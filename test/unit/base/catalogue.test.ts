import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalogue } from '#base/catalogue.ts'
import { errorsReference } from '#base/errors-reference.ts'

const root = join(import.meta.dirname, '../../..')
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'base/catalogue.ts')
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n')

test('docs/errors.md is what the catalogue says; otherwise run npx node src/main/generate-docs.ts', () => {
  expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(errorsReference())
})

test.each(Object.keys(catalogue))('the error %s is raised somewhere', (code) => {
  expect(sources).toMatch(new RegExp(`PorticoError\\(\\s*'${code}'`))
})

test.each(Object.entries(catalogue))(
  'the error %s says what happened and what to do, in whole sentences',
  (code, entry) => {
    const section = errorsReference().split(`## ${code}\n`)[1]?.split('\n## ')[0] ?? ''
    expect(section).toContain('\n> ')
    expect(section).not.toMatch(/undefined|\[object|NaN/)
    expect(entry.remedy).toMatch(/\.$/)
  },
)
