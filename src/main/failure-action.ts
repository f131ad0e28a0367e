/** Runs the program that a pool has for a failure: without a shell, unwatched but for its failure. */
import { spawn } from 'node:child_process'
import type { FailureAction } from '#activation/pool-protection.ts'
import { sentenceOf } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { expandVariables } from '#config/variables.ts'

/** Starts the action's program, if it has one, as the account of this process; its output is nobody's. */
export function runFailureAction(action: FailureAction, log: Log): void {
  const { attribute, pool, program } = action
  if (program === '') return
  const failed = (reason: string) => log.error('pool.actionFailed', { pool, attribute, program, reason })
  try {
    const [command = '', ...parameters] = commandOf(action, process.env)
    const child = spawn(command, parameters, { cwd: '/', stdio: 'ignore', detached: true })
    child.on('error', (error) => failed(sentenceOf(error)))
    child.on('exit', (code, signal) => {
      if (code !== 0) failed(signal ? `it ended by signal ${signal}` : `it ended with exit code ${code}`)
    })
    child.unref()
    log.info('pool.actionStarted', { pool, attribute, program, actionPid: child.pid })
  } catch (error) {
    failed(sentenceOf(error))
  }
}

/** Program and parameters. Variables are expanded last, so that a value with blanks stays one parameter. */
export function commandOf(
  { program, parameters, subject }: FailureAction,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = { ...environment, ...(subject !== undefined && { 1: subject }) }
  return [program, ...split(parameters)].map((written) => {
    const expanded = expandVariables(written, known)
    if ('text' in expanded) return expanded.text
    throw new Error(`it uses the environment variable ${expanded.unknown}, which is not set for Portico`)
  })
}

/** The parameters of a line as an administrator writes them: blanks part them, unless double quotes keep them together. */
function split(line: string): string[] {
  const words = line.matchAll(/(?:[^\s"]|"[^"]*(?:"|$))+/g)
  return Array.from(words, ([word]) => word.replaceAll('"', ''))
}
