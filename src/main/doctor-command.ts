/** `portico doctor`: looks for what keeps pools from starting or from being safe, and says what to do. */
import { statSync } from 'node:fs'
import { PorticoError } from '#base/errors.ts'
import { type Configuration, readConfiguration } from '#config/configuration.ts'
import { foldersIn } from '#registry/deployed-folders.ts'
import { compose } from '#registry/snapshot.ts'
import { checks, type Finding, type Patient } from './doctor-checks.ts'
import { offlineIdentities } from './offline-identities.ts'

export interface DoctorOptions {
  readonly config: string
  readonly apps: string
  readonly home: string
  readonly json: boolean
}

/** The exit code is 1 when there is a problem. */
export async function doctorCommand(options: DoctorOptions): Promise<void> {
  const findings = await findingsOf(options)
  process.stdout.write(options.json ? `${JSON.stringify(findings, null, 2)}\n` : report(findings))
  if (findings.some(({ is }) => is === 'problem')) process.exitCode = 1
}

async function findingsOf({ config, apps, home }: DoctorOptions): Promise<Finding[]> {
  let configuration: Configuration
  try {
    configuration = await readConfiguration(config)
  } catch (error) {
    if (!(error instanceof PorticoError)) throw error
    return [{ is: 'problem', what: error.message, remedy: error.remedy, code: error.code }]
  }
  const folders = await foldersIn(apps)
  const missing: Finding[] = folders
    ? []
    : [
        {
          is: 'problem',
          what: `the application folder ${apps} does not exist`,
          remedy: 'Create it, or name another one with --apps.',
        },
      ]
  const uid = statSync(home, { throwIfNoEntry: false })?.uid ?? process.geteuid?.()
  const applications = [...compose(configuration, apps, folders).applications.values()]
  const patient: Patient = {
    configuration,
    ...offlineIdentities(configuration, home),
    applications,
    home,
    isRoot: uid === 0,
  }
  const found: Finding[] = [...missing]
  for (const check of checks) found.push(...(await check(patient)))
  return found
}

function report(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing is wrong with identities, accounts, folders and limits.\n'
  return findings
    .map(({ is, what, remedy, code }) => {
      const head = is === 'problem' ? 'PROBLEM' : 'HINT'
      const lines = [`${head}  ${what}`, `to do: ${remedy}${code === undefined ? '' : ` (${code})`}`]
      return `${lines.join('\n').replaceAll('\n', '\n         ')}\n`
    })
    .join('\n')
}
