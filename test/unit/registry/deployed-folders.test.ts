import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { foldersIn } from '#registry/deployed-folders.ts'

function appsFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'portico-folders-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const apps = join(root, 'apps')
  for (const name of ['b', 'a', '../versions/1', '../versions/2']) mkdirSync(join(apps, name), { recursive: true })
  symlinkSync('../versions/1', join(apps, 'link'))
  symlinkSync('nowhere', join(apps, 'broken'))
  writeFileSync(join(apps, 'readme.txt'), '')
  return apps
}

test('a look that finds everything as it was gives back what was', async () => {
  const apps = appsFolder()
  const before = await foldersIn(apps)
  expect([...(before?.keys() ?? [])]).toEqual(['a', 'b', 'link'])
  expect(await foldersIn(apps, before)).toBe(before)
  writeFileSync(join(apps, 'another.txt'), '')
  expect(await foldersIn(apps, before)).toBe(before)
})

test.each<[change: string, make: (apps: string) => void, names: string[]]>([
  ['came', (apps) => mkdirSync(join(apps, 'c')), ['a', 'b', 'c', 'link']],
  ['went', (apps) => rmSync(join(apps, 'a'), { recursive: true }), ['b', 'link']],
  ['has another name', (apps) => renameSync(join(apps, 'a'), join(apps, 'c')), ['b', 'c', 'link']],
  ['is another one', (apps) => renameSync(join(apps, '../versions/2'), join(apps, 'a')), ['a', 'b', 'link']],
  [
    'is where a link leads now',
    (apps) => {
      rmSync(join(apps, 'link'))
      symlinkSync('../versions/2', join(apps, 'link'))
    },
    ['a', 'b', 'link'],
  ],
])('a look finds a folder that %s', async (_, make, names) => {
  const apps = appsFolder()
  const before = await foldersIn(apps)
  make(apps)
  const now = await foldersIn(apps, before)
  expect(now).not.toBe(before)
  expect([...(now?.keys() ?? [])]).toEqual(names)
})
