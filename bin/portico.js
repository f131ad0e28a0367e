#!/usr/bin/env node
/** Starts Portico on a Node that runs TypeScript: this one, or the one that the npm package `node` brings. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const needed = 24
const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= needed) {
  // Compiled code is kept beside the packages, where nobody can put any who can't change the packages themselves.
  // An account that can't write there has a folder of its own; root never takes code from anywhere else.
  const { status } = module.enableCompileCache(at('../node_modules/.cache/portico'))
  if (status === module.constants.compileCacheStatus.FAILED && process.getuid?.() !== 0) {
    module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'portico'))
  }
  await import(at('../src/main/cli.ts'))
} else {
  const bundled = at('../node_modules/node/bin/node')
  if (!existsSync(bundled)) {
    process.stderr.write(
      `portico needs Node ${needed} or later; this is ${process.version}, and the package node isn't installed.\n` +
        `  Run npm ci in Portico's folder, or install Node ${needed}.\n`,
    )
    process.exit(1)
  }
  const child = spawn(bundled, [at('./portico.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
