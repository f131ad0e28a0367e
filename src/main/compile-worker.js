/**
 * Loads what a worker process loads, so that the folder named on the command line holds it compiled. JavaScript, so that
 * nothing but that is compiled here.
 */
import { chmodSync, readdirSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'

const folder = process.argv[2]
if (folder === undefined) throw new Error('the folder for the compiled code is missing')
module.enableCompileCache(folder)
await import('./worker.ts')
module.flushCompileCache()
const compiled = module.getCompileCacheDir()
if (compiled === undefined) process.exit(1)
// It says nothing that the sources beside it don't.
for (const path of [folder, compiled]) chmodSync(path, 0o755)
for (const name of readdirSync(compiled)) chmodSync(join(compiled, name), 0o644)
