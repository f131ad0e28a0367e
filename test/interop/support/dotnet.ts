/** The real WCF client, System.ServiceModel.NetTcp, where the .NET SDK is and can get its packages. */
import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Built, builtOnce, run } from './build.ts'

const peers = join(import.meta.dirname, '../peers')
const project = join(import.meta.dirname, '../dotnet/Client.csproj')

export async function dotnetClient(): Promise<Built> {
  const sources = ['Contracts', 'Told', 'Samples', 'Bindings', 'Client'].map((each) => join(peers, `${each}.cs`))
  try {
    const version = (await run('dotnet', ['--version'], 20_000)).trim()
    if (Number.parseInt(version, 10) < 10) return { missing: `the .NET SDK is ${version}, and it takes 10 or later` }
    const folder = await builtOnce('dotnet-Client', [project, ...sources], async (making) => {
      for (const file of [project, ...sources]) copyFileSync(file, join(making, basename(file)))
      const quietly = ['--nologo', '--verbosity', 'quiet', '-nodeReuse:false', '-p:UseSharedCompilation=false']
      await run(
        'dotnet',
        ['build', join(making, basename(project)), '--output', join(making, 'built'), ...quietly],
        90_000,
      )
    })
    return { command: ['dotnet', join(folder, 'built/Client.dll')] }
  } catch (error) {
    return { missing: (error as Error).message }
  }
}
