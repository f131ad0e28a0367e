#!/usr/bin/env node
/** Starts Portico on a Node that runs TypeScript: this one, or the one that the npm package `node` brings. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../src/main/cli.ts', import.meta.url))
const needed = 24

if (Number.parseInt(process.versions.node, 10) >= needed) {
  await import(entry)
} else {
  const bundled = join(
    import.meta.dirname ?? fileURLToPath(new URL('.', import.meta.url)),
    '../node_modules/node/bin/node',
  )
  if (!existsSync(bundled)) {
    process.stderr.write(
      `portico needs Node ${needed} or later; this is ${process.version}, and the package node isn't installed.\n` +
        `  Run npm ci in Portico's folder, or install Node ${needed}.\n`,
    )
    process.exit(1)
  }
  const child = spawn(bundled, [entry, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
