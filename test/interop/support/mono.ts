/** Mono's WCF, client and server, from the packages of Debian. */
import { join } from 'node:path'
import { type Built, builtOnce, run } from './build.ts'

const peers = join(import.meta.dirname, '../peers')
const references = ['System.ServiceModel', 'System.Runtime.Serialization', 'System.Xml'].map((name) => `-r:${name}.dll`)

/** Builds one of the programs of test/interop/peers with what all of them share. */
export async function monoProgram(name: 'Client' | 'Server'): Promise<Built> {
  const sources = ['Contracts', 'Told', 'Samples', 'Bindings', name].map((each) => join(peers, `${each}.cs`))
  try {
    await run('mono', ['--version'], 20_000)
    const folder = await builtOnce(`mono-${name}`, sources, async (making) => {
      await run(
        'mcs',
        ['-langversion:7', '-nowarn:649', `-out:${making}/${name}.exe`, ...references, ...sources],
        60_000,
      )
    })
    return { command: ['mono', join(folder, `${name}.exe`)] }
  } catch (error) {
    return { missing: `${(error as Error).message} (scripts/install-test-peers.sh installs Mono on Debian)` }
  }
}
