import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { linkModules } from '#main/linked-modules.ts'

/** Files in a folder of their own; the first is the one to begin with. */
function files(texts: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'portico-linked-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  const [first = ''] = Object.keys(texts)
  const link = () => linkModules(join(folder, first))
  return {
    folder,
    link,
    async load() {
      const file = join(folder, 'linked.mjs')
      writeFileSync(file, link().text)
      return (await import(pathToFileURL(file).href)) as Record<string, unknown>
    },
  }
}

describe('modules in one file', () => {
  test('have each their own names, and share those that they import', async () => {
    const { load, link, folder } = files({
      'first.ts': `import { basename, join as joined } from 'node:path'
import path from 'node:path'
import { count, next as further } from './counter.ts'
import { other, type Nothing } from './other.ts'
export { Thing, count as counter } from './counter.ts'
const own = 'first'
export const said: string = [own, other(), basename(joined('a', 'b')), path.sep, count(), further()].join(' ')
export type { Nothing }
`,
      'counter.ts': `let n: number = 0
const own = 'counter'
export function count(): number {
  return ++n
}
export const next = () => count() + own.length
export class Thing {}
`,
      'other.ts': `import {
  count,
  next,
} from './counter.ts'
export type Nothing = undefined
const own = 'other'
export async function* never() {}
export function other(): string {
  return \`\${own}\${count()}\${next.name}\`
}
`,
    })
    expect(await load()).toMatchObject({
      said: 'first other1next b / 2 10',
      Thing: expect.any(Function),
      counter: expect.any(Function),
    })
    expect(link().sources).toEqual(['counter.ts', 'other.ts', 'first.ts'].map((name) => join(folder, name)))
  })

  test('are where they came from, and find what they load later', async () => {
    const { load, folder } = files({
      'place.ts': `export const place = import.meta.dirname
export const later = () => import('./later.ts')
`,
      'later.ts': 'export const isLater = true\n',
    })
    const { place, later } = await load()
    expect(place).toBe(folder)
    expect(await (later as () => Promise<unknown>)()).toMatchObject({ isLater: true })
  })

  test('take what is JavaScript as it is: code that runs before shares it', async () => {
    const { load, folder } = files({
      'first.ts': "export { state } from './state.js'\n",
      'state.js': 'export const state = []\n',
    })
    const before = (await import(pathToFileURL(join(folder, 'state.js')).href)) as { state: unknown }
    expect((await load()).state).toBe(before.state)
  })

  test.each([
    [
      'circle',
      "import { b } from './b.ts'\nexport const a = () => b\n",
      "import { a } from './a.ts'\nexport const b = a\n",
    ],
    ['default export', "import b from './b.ts'\nexport const a = b\n", 'export default 1\n'],
    ['export that changes', "import { b } from './b.ts'\nexport const a = b\n", 'export let b = 1\n'],
  ])('are refused with a %s', (_, a, b) => {
    expect(files({ 'a.ts': a, 'b.ts': b }).link).toThrow()
  })
})
