/** Which files of an application's folder say something of its services. */
import { spawnSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serviceFilesIn } from '#config/service-files.ts'
import { type Files, inFolder } from './service-folders.ts'

async function pathsIn(files: Files): Promise<string[]> {
  return inFolder(files, async (folder) => (await serviceFilesIn(folder)).serviceFiles.map(({ path }) => path))
}

test('a folder without such files has none, and neither has a missing one', async () => {
  const none = { webConfig: undefined, otherWebConfigs: [], serviceFiles: [], unsearched: [] }
  await inFolder({ 'index.js': '', 'readme.svc.txt': '' }, async (folder) => {
    expect(await serviceFilesIn(folder)).toEqual(none)
    expect(await serviceFilesIn(join(folder, 'missing'))).toEqual(none)
  })
})

test.each(['web.config', 'Web.config', 'WEB.CONFIG'])('%s is the web.config', async (name) => {
  await inFolder({ [name]: '', 'below/web.config': '' }, async (folder) => {
    expect(await serviceFilesIn(folder)).toMatchObject({ webConfig: join(folder, name), otherWebConfigs: [] })
  })
})

test('a second spelling of web.config is told', async () => {
  await inFolder({ 'web.config': '', 'Web.config': '' }, async (folder) => {
    expect(await serviceFilesIn(folder)).toMatchObject({
      webConfig: join(folder, 'Web.config'),
      otherWebConfigs: [join(folder, 'web.config')],
    })
  })
})

test('.svc files are found in every folder, in the order of their paths', async () => {
  const files = { 'b.svc': '', 'a/z.svc': '', 'C.SVC': '', 'a/b/c/d.svc': '' }
  expect(await pathsIn(files)).toEqual(['/a/b/c/d.svc', '/a/z.svc', '/b.svc', '/C.SVC'])
})

test.each([
  ['my orders.svc', '/my%20orders.svc'],
  ['größe/ü.svc', '/gr%C3%B6%C3%9Fe/%C3%BC.svc'],
  ['a+b(1),c;d=e@f&g$h.svc', '/a+b(1),c;d=e@f&g$h.svc'],
  ['50%.svc', '/50%25.svc'],
  ['a#b?.svc', '/a%23b%3F.svc'],
])('the path of %s is %s', async (name, path) => {
  expect(await pathsIn({ [name]: '' })).toEqual([path])
})

test.each(['node_modules/x', 'bin', 'Bin', 'obj', '.git', 'a/.hidden', 'a/node_modules'])(
  'nothing is looked for in %s',
  async (path) => {
    expect(await pathsIn({ [`${path}/x.svc`]: '', 'y.svc': '' })).toEqual(['/y.svc'])
  },
)

test('hidden files, and names that no URI can ask for or that break lines, are no services', async () => {
  expect(
    await pathsIn({ '.svc': '', '.x.svc': '', 'a\\b.svc': '', 'a\nb.svc': '', 'c\nd/e.svc': '', 'y.svc': '' }),
  ).toEqual(['/y.svc'])
})

test('a folder that is called like a .svc file is a folder', async () => {
  expect(await pathsIn({ 'x.svc/y.svc': '' })).toEqual(['/x.svc/y.svc'])
})

test('symbolic links to folders are not followed, those to files are', async () => {
  await inFolder({ 'real/x.svc': '' }, async (folder) => {
    await symlink(join(folder, 'real'), join(folder, 'link'))
    await symlink('..', join(folder, 'real/loop'))
    await symlink('real/x.svc', join(folder, 'y.svc'))
    const { serviceFiles } = await serviceFilesIn(folder)
    expect(serviceFiles.map(({ path }) => path)).toEqual(['/real/x.svc', '/y.svc'])
  })
})

test('what lies too deep is not searched, and told', async () => {
  await inFolder({ 'a/b/c/x.svc': '', 'a/b/y.svc': '' }, async (folder) => {
    const found = await serviceFilesIn(folder, { entries: 100, depth: 3 })
    expect(found.serviceFiles.map(({ path }) => path)).toEqual(['/a/b/y.svc'])
    expect(found.unsearched).toEqual([join(folder, 'a/b/c')])
  })
})

test('a search ends after so many entries, says where, and has looked at the upper folders first', async () => {
  await inFolder({ 'x.svc': '' }, async (folder) => {
    await mkdir(join(folder, 'data'))
    for (let n = 0; n < 20; n++) await writeFile(join(folder, 'data', `${n}.svc`), '')
    const found = await serviceFilesIn(folder, { entries: 10, depth: 8 })
    expect(found.serviceFiles).toHaveLength(9)
    expect(found.serviceFiles.map(({ path }) => path)).toContain('/x.svc')
    expect(found.unsearched).toEqual([join(folder, 'data')])
  })
})

test('finding files loads no package: it runs at every start of a worker process', () => {
  const module = join(import.meta.dirname, '../../../src/config/service-files.ts')
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    await import(${JSON.stringify(module)})
    console.log(JSON.stringify(loaded.filter((url) => !url.startsWith('node:'))))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([expect.stringMatching(/service-files\.ts$/)])
})
