/**
 * Links what a worker process loads into one file, and loads that, so that the folder named on the command line holds it, and
 * holds it compiled. What can't be linked is compiled module by module. JavaScript, so that nothing but that is compiled here.
 */
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , folder] = process.argv
if (folder === undefined) throw new Error('the folder for the compiled code is missing')
mkdirSync(folder, { recursive: true })
const host = await linked(folder).catch(() => undefined)
module.enableCompileCache(folder)
await import(host === undefined ? './worker.ts' : pathToFileURL(host.file).href)
module.flushCompileCache()
const compiled = module.getCompileCacheDir()
if (compiled === undefined) process.exit(1)
// It says nothing that the sources beside it don't.
for (const path of [folder, compiled]) chmodSync(path, 0o755)
for (const name of readdirSync(compiled)) chmodSync(join(compiled, name), 0o644)
if (host) {
  chmodSync(host.file, 0o644)
  put(join(folder, 'worker-host.json'), JSON.stringify(host))
}

/** @param {string} into */
async function linked(into) {
  const linker = join(import.meta.dirname, 'linked-modules.ts')
  const { linkModules } = await import(pathToFileURL(linker).href)
  const { text, sources } = linkModules(join(import.meta.dirname, 'worker.ts'))
  const file = join(into, `worker-host-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.mjs`)
  // What was made of other sources is of no use any more, here and compiled.
  for (const name of readdirSync(into)) rmSync(join(into, name), { recursive: true, force: true })
  put(file, text)
  const files = [...sources, linker, import.meta.filename]
  return { file, sources: files.map((path) => [path, statSync(path).mtimeMs, statSync(path).size]) }
}

/**
 * Whoever reads it finds all of it or nothing.
 * @param {string} file
 * @param {string} text
 */
function put(file, text) {
  const half = `${file}.${process.pid}`
  writeFileSync(half, text, { mode: 0o644 })
  renameSync(half, file)
}
