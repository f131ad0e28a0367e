import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compileWorkerCode, layInCompiledCode, linkedHost } from '#main/compiled-worker-code.ts'
import { PoolFolders } from '#main/pool-folder.ts'
import { isRoot } from '../../support/is-root.ts'

const run = promisify(execFile)
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [] }

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-compiled-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** What stands in the folder, with what changes when a file is written anew. */
const writtenIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => [name, statSync(join(folder, name)).isFile() ? statSync(join(folder, name)).mtimeMs : 'folder'])

/** Loads a module in a process of its own that keeps compiled code in a folder; gives the names of what it exports. */
async function loaded(url: string | undefined, cache: string): Promise<string> {
  const program = `import module from 'node:module'
module.enableCompileCache(${JSON.stringify(cache)})
process.stdout.write(Object.keys(await import(${JSON.stringify(url)})).join())
module.flushCompileCache()`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
  return stdout
}

describe('compiled code of worker processes', () => {
  test('that a pool begins with is what its worker process loads: nothing is compiled again', async () => {
    const root = temporaryFolder()
    const [compiled, cache] = [join(root, 'compiled'), join(root, 'cache')]
    await compileWorkerCode(compiled)
    await layInCompiledCode(cache, self, compiled)
    const laidIn = writtenIn(cache)
    expect(laidIn.length).toBeGreaterThan(2)
    await loaded(linkedHost(compiled), cache) // writes what it doesn't find
    expect(writtenIn(cache)).toEqual(laidIn)
  })

  test('can be missing', async () => {
    const cache = join(temporaryFolder(), 'cache')
    await layInCompiledCode(cache, self, '/nowhere')
    expect(readdirSync(cache)).toEqual([])
  })

  test.runIf(isRoot)(
    'belongs to the account of the pool, and lies where Node looks for code of that account',
    async () => {
      const root = temporaryFolder()
      mkdirSync(join(root, 'compiled/v24-x64-0'), { recursive: true })
      writeFileSync(join(root, 'compiled/v24-x64-0/code'), 'code')
      const cache = join(root, 'cache')
      await layInCompiledCode(cache, { uid: 4711, gid: 4712, groups: [] }, join(root, 'compiled'))
      for (const path of ['', 'v24-x64-4711', 'v24-x64-4711/code'])
        expect(statSync(join(cache, path))).toMatchObject({ uid: 4711, gid: 4712 })
    },
  )

  test('is never written through what an account has put into a folder that it has', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'elsewhere'))
    const folder = join(root, `orders-${self.uid}`)
    mkdirSync(folder, { mode: 0o700 })
    symlinkSync(join(root, 'elsewhere'), join(folder, 'cache'))
    expect(await new PoolFolders(root).make('Orders', self)).toBe(folder)
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([])
  })

  test('is there from the first start of a pool on', async () => {
    const folder = await new PoolFolders(temporaryFolder()).make('Orders', self)
    expect(statSync(join(folder, 'cache')).mode & 0o777).toBe(0o700)
  })

  test.runIf(isRoot)('is whole before any worker process of the pool gets the folder', async () => {
    const folders = new PoolFolders(temporaryFolder())
    const account = { uid: 4711, gid: 4712, groups: [] }
    const [first, second] = [folders.make('Orders', account), folders.make('Orders', account)]
    const folder = await second
    expect(statSync(join(folder, 'cache'))).toMatchObject({ uid: 4711 })
    expect(await first).toBe(folder)
  })
})

describe('the worker host in one file', () => {
  test('exports what its sources do, and is made once', async () => {
    const folder = join(temporaryFolder(), 'compiled')
    expect(linkedHost(folder)).toBeUndefined()
    await compileWorkerCode(folder)
    const host = linkedHost(folder)
    expect(await loaded(host, join(folder, 'elsewhere'))).toBe('hostApplications')
    await compileWorkerCode(folder)
    expect(linkedHost(folder)).toBe(host)
  })

  test.each([
    ['of other sources', (path: string) => [[path, 0, 0]]],
    ['of sources that are gone', () => [['/nowhere/host.ts', 0, 0]]],
  ])('is not taken when it was made %s', async (_, sources) => {
    const folder = join(temporaryFolder(), 'compiled')
    await compileWorkerCode(folder)
    const manifest = join(folder, 'worker-host.json')
    const made = JSON.parse(readFileSync(manifest, 'utf8'))
    writeFileSync(manifest, JSON.stringify({ ...made, sources: sources(made.sources[0][0]) }))
    expect(linkedHost(folder)).toBeUndefined()
  })
})
