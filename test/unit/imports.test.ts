/** The table of who may import whom, as the design has it; a breach names file, line and the rule. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** What each folder may import besides `base`; `types of x` means `import type` only. */
const mayImport: Record<string, readonly string[]> = {
  base: [],
  syscalls: [],
  binding: ['framing'],
  config: ['binding'],
  identity: ['syscalls'],
  framing: [],
  // Runs in whatever process an application's client is in.
  'net-tcp-client': ['framing'],
  // Worker processes load it when the first message comes: a file more is a start that takes longer, a package much longer.
  // `framing` for its sizes, which are written in the same way.
  encoding: ['framing'],
  soap: ['encoding'],
  // Part of an application that speaks SOAP, not of the host that gives it sessions.
  // `net-tcp-client` for those who call services: loaded with their first call.
  wcf: ['soap', 'encoding', 'net-tcp-client', 'types of worker-host'],
  // `config` for its strict reader of XML; `wcf` for the names and actions that need not be declared.
  wsdl: ['config', 'wcf'],
  registry: ['config', 'identity', 'binding'],
  routing: ['registry', 'binding', 'framing'],
  activation: ['config', 'registry', 'identity', 'types of binding'],
  launcher: ['types of activation'],
  // `launcher` for what it knows of processes: whose they are, and their ends.
  confinement: ['syscalls', 'launcher', 'types of activation'],
  handoff: ['framing', 'identity', 'syscalls', 'binding', 'types of activation', 'types of registry'],
  listener: ['framing', 'routing', 'handoff', 'syscalls', 'types of activation'],
  'sharing-client': ['binding', 'framing', 'handoff'],
  // `config` only where an application has a web.config: its packages cost a start more than the rest of the host.
  'worker-host': ['binding', 'config', 'framing', 'handoff', 'sharing-client'],
  admin: ['config', 'registry', 'identity', 'types of activation', 'types of binding'],
  main: ['*'],
}

/** Packages from outside, and the folders that may load them. */
const packages: Record<string, readonly string[]> = {
  koffi: ['syscalls'],
  pm2: ['launcher'],
  chokidar: ['registry'],
  'fast-xml-parser': ['config'],
  zod: ['config', 'handoff', 'wcf'],
  pino: ['main'],
  commander: ['main'],
}

const source = join(import.meta.dirname, '../../src')
const importLine = /^(?:import|export)\s(?<type>type\s)?(?:[^';]*?from\s)?'(?<from>[^']+)'|import\('(?<lazy>[^']+)'\)/gm

function breaches(file: string, text: string): string[] {
  const folder = file.split('/')[0] ?? ''
  const found: string[] = []
  for (const match of text.matchAll(importLine)) {
    const { type, from, lazy } = match.groups ?? {}
    const target = from ?? lazy ?? ''
    const line = text.slice(0, match.index).split('\n').length
    const complain = (rule: string) => found.push(`src/${file}:${line} imports ${target}: ${rule}`)
    if (target.startsWith('node:')) continue
    if (target.startsWith('.')) {
      if (target.includes('..')) complain(`write #folder/file.ts to leave a folder`)
      continue
    }
    if (target.startsWith('#')) {
      const other = target.slice(1).split('/')[0] ?? ''
      const allowed = mayImport[folder]
      if (!allowed) complain(`the folder ${folder} is not in the table`)
      else if (other === folder) complain('write ./file.ts inside a folder')
      else if (other === 'base' || allowed.includes('*') || allowed.includes(other)) continue
      else if (allowed.includes(`types of ${other}`) && type) continue
      else complain(`${folder} may import ${['base', ...allowed].join(', ')}`)
      continue
    }
    const name = target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/')
    if (!packages[name]?.includes(folder)) complain(`${name} is not for ${folder}`)
  }
  return found
}

test('every import under src is allowed by the table of the design', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[tj]s$/.test(name))
  expect(files.length).toBeGreaterThan(5)
  expect(files.flatMap((file) => breaches(file, readFileSync(join(source, file), 'utf8')))).toEqual([])
})

test.each([
  ['framing/preamble.ts', `import { serve } from '#listener/serve.ts'`],
  ['launcher/pm2.ts', `import { Pool } from '#activation/pool.ts'`],
  ['listener/serve.ts', `import koffi from 'koffi'`],
  ['listener/serve.ts', `import { a } from '../handoff/channel.ts'`],
  ['config/read.ts', `export { x } from '#main/serve.ts'`],
  ['listener/serve.ts', `import {\n  a,\n  b,\n} from '#worker-host/host.ts'`],
  ['listener/serve.ts', `import 'pm2'`],
  ['worker-host/host.ts', `const pino = await import('pino')`],
])('the check sees the breach in %s: %s', (file, text) => {
  expect(breaches(file, text)).toHaveLength(1)
})

test.each([
  ['launcher/pm2.ts', `import type { Launcher } from '#activation/launcher.ts'`],
  ['registry/watch.ts', `import { watch } from 'chokidar'`],
  ['main/serve.ts', `import { serve } from '#listener/serve.ts'`],
])('the check allows %s: %s', (file, text) => {
  expect(breaches(relative('.', file), text)).toEqual([])
})
