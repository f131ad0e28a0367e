/** The folders that the last `portico serve` of a home was given: what other commands look at unless they are told. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { HomePaths } from './home.ts'

export interface ServedFolders {
  readonly config: string
  readonly apps: string
}

/** Notes them. A disk that is full keeps nobody from serving. */
export function noteServedFolders({ serving }: HomePaths, { config, apps }: ServedFolders): void {
  try {
    writeFileSync(serving, `${JSON.stringify({ config, apps })}\n`, { mode: 0o644 })
  } catch {
    // The commands need --config and --apps then, as before the first run.
  }
}

/** What was noted; undefined when nothing was, or it can't be read. */
export function servedFolders({ serving }: HomePaths): ServedFolders | undefined {
  try {
    const { config, apps } = JSON.parse(readFileSync(serving, 'utf8')) as Record<string, unknown>
    return typeof config === 'string' && typeof apps === 'string' ? { config, apps } : undefined
  } catch {
    return undefined
  }
}
