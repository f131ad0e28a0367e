/** A folder that looks like a cgroup: the files that Portico reads and writes, without a kernel behind them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Cgroup } from '#confinement/cgroup.ts'

const files = {
  'cgroup.type': 'domain',
  'cgroup.procs': '',
  'cgroup.controllers': 'cpu memory pids',
  'cgroup.subtree_control': '',
}

/** Its folder goes with the test. */
export function cgroupFolder(changes: Readonly<Record<string, string>> = {}): Cgroup {
  const root = mkdtempSync(join(tmpdir(), 'portico-cgroup-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return fill(new Cgroup(root), changes)
}

/** Gives a group the files that the kernel would give it. */
export function fill(group: Cgroup, changes: Readonly<Record<string, string>> = {}): Cgroup {
  mkdirSync(group.path, { recursive: true })
  for (const [file, text] of Object.entries({ ...files, ...changes }))
    writeFileSync(join(group.path, file), `${text}\n`)
  return group
}
