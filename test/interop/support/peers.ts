/** Before the first interop test: builds the peers, and says which are missing and why. */
import type { TestProject } from 'vitest/node'
import { type Built, run } from './build.ts'
import { dotnetClient } from './dotnet.ts'
import { monoProgram } from './mono.ts'

export interface Peers {
  readonly 'Mono client': Built
  readonly 'Mono server': Built
  readonly '.NET client': Built
  readonly tshark: Built
}

declare module 'vitest' {
  interface ProvidedContext {
    peers: Peers
  }
}

async function tshark(): Promise<Built> {
  try {
    await run('tshark', ['--version'], 20_000)
    return { command: ['tshark'] }
  } catch (error) {
    return { missing: `${(error as Error).message} (scripts/install-test-peers.sh installs it on Debian)` }
  }
}

export default async function buildPeers(project: TestProject): Promise<void> {
  const [client, server, dotnet, dissector] = await Promise.all([
    monoProgram('Client'),
    monoProgram('Server'),
    dotnetClient(),
    tshark(),
  ])
  const peers = { 'Mono client': client, 'Mono server': server, '.NET client': dotnet, tshark: dissector }
  for (const [name, built] of Object.entries(peers))
    if ('missing' in built)
      process.stderr.write(`Interop tests go without ${name}, and skip what needs it: ${built.missing}\n`)
  project.provide('peers', peers)
}
