/** Configuration files for tests: written to a folder of their own, read, and removed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPorticoError } from '#base/errors.ts'
import { type Configuration, type Machine, type Problem, readConfiguration } from '#config/configuration.ts'

export interface Texts {
  readonly host?: string | Uint8Array
  readonly sharing?: string | Uint8Array
}

const machine: Machine = { processors: 4, environment: { SRV: '/srv/apps' } }

export async function readTexts({ host = hostFile(''), sharing }: Texts): Promise<Configuration> {
  const directory = await mkdtemp(join(tmpdir(), 'portico-config-'))
  try {
    await writeFile(join(directory, 'applicationHost.config'), host)
    if (sharing !== undefined) await writeFile(join(directory, 'SMSvcHost.exe.config'), sharing)
    return await readConfiguration(directory, machine)
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The problems of files that must be refused. */
export async function problemsOf(texts: Texts): Promise<readonly (Problem & { readonly text: string })[]> {
  const thrown = await readTexts(texts).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isPorticoError(thrown, 'CONFIG_INVALID')) throw new Error('the files were not refused', { cause: thrown })
  const { problems, details = [] } = thrown.args
  return details.map((problem, index) => ({ ...problem, text: problems[index] ?? '' }))
}

/** An applicationHost.config whose second line holds `pools`, whose third `sites`, whose fourth `beside`. */
export function hostFile(pools: string, sites = '', beside = ''): string {
  return [
    '<configuration><system.applicationHost>',
    `<applicationPools><add name="DefaultAppPool"/>${pools}</applicationPools>`,
    `<sites>${sites}</sites>`,
    `${beside}</system.applicationHost></configuration>`,
  ].join('\n')
}

/** An SMSvcHost.exe.config with `section` in its second line. */
export function sharingFile(section: string): string {
  return `<configuration>\n<system.serviceModel.activation>${section}</system.serviceModel.activation>\n</configuration>`
}

/** A site in one line. */
export function site(inside: string, more = ''): string {
  return `<site name="Main" id="1"${more}><bindings><binding protocol="net.tcp" bindingInformation="808:*"/></bindings>${inside}</site>`
}
