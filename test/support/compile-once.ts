/** Before the first scenario: compiles Portico once for all worker processes, and makes a place for what an ordinary user's commands compile. */
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileWorkerCode, linkedHost } from '#main/compiled-worker-code.ts'
import { nobody } from './nobody.ts'

export default async function compileOnce(): Promise<() => void> {
  if (linkedHost() === undefined) await compileWorkerCode()
  const cache = mkdtempSync(join(tmpdir(), 'portico-cache-'))
  if (process.getuid?.() === 0) chownSync(cache, nobody, nobody)
  process.env.XDG_CACHE_HOME = cache
  return () => rmSync(cache, { recursive: true, force: true })
}
