/** What makes an order impossible, found before PM2 is asked: PM2 would say "online", or nothing at all. */
import { access, constants, open, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { LaunchOrder } from '#activation/launcher.ts'
import { sentenceOf, systemCodeOf } from '#base/errors.ts'
import { makeFolder } from './folders.ts'
import { reservedNames } from './start-record.ts'

/** The longest argument or `NAME=value` that Linux passes to a program, with its closing zero. */
const longestString = 131_072

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

const shellPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What is wrong with the environment or the arguments, if anything is. */
export function whyNotPassable(order: LaunchOrder): string | undefined {
  for (const [name, value] of Object.entries(order.env)) {
    if (!variableName.test(name))
      return `the environment variable "${name}" has a name that isn't made of letters, digits and _`
    if (reservedNames.has(name)) return `the environment variable ${name} has the name of a setting of PM2's; rename it`
    if (value.includes('\0')) return `the environment variable ${name} contains a zero byte`
    const bytes = Buffer.byteLength(`${name}=${value}`) + 1
    if (bytes > longestString)
      return `the environment variable ${name} has ${bytes} bytes, and Linux passes at most ${longestString}`
  }
  for (const [index, argument] of order.command.entries()) {
    const bytes = Buffer.byteLength(argument) + 1
    if (bytes > longestString) return `argument ${index} has ${bytes} bytes, and Linux passes at most ${longestString}`
    if (argument.includes('\0')) return `argument ${index} contains a zero byte`
  }
  return undefined
}

async function whyNotEnterable(cwd: string): Promise<string | undefined> {
  try {
    if (!isAbsolute(cwd)) return `the working folder ${cwd} is no absolute path`
    if (!(await stat(cwd)).isDirectory()) return `the working folder ${cwd} is a file`
    await access(cwd, constants.X_OK)
    return undefined
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return `the working folder ${cwd} doesn't exist`
    return `the working folder ${cwd} can't be entered: ${sentenceOf(error)}`
  }
}

async function whyNotExecutable(program: string): Promise<string | undefined> {
  try {
    if (!(await stat(program)).isFile()) return `the program ${program} is no file`
    await access(program, constants.X_OK)
    return undefined
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return `the program ${program} doesn't exist`
    if (systemCodeOf(error) === 'EACCES') return `the program ${program} is not executable`
    return `the program ${program} can't be executed: ${sentenceOf(error)}`
  }
}

async function whyNotWritable(logFile: string): Promise<string | undefined> {
  try {
    await makeFolder(dirname(logFile), 0o750)
    await (await open(logFile, 'a', 0o640)).close()
    return undefined
  } catch (error) {
    return `the log file ${logFile} can't be written: ${sentenceOf(error)}`
  }
}

/** The absolute path of the order's program, or the reason why the order can't be carried out. */
export async function checkOrder(order: LaunchOrder): Promise<{ program: string } | { reason: string }> {
  const reason = whyNotPassable(order) ?? (await whyNotEnterable(order.cwd)) ?? (await whyNotWritable(order.logFile))
  if (reason) return { reason }
  const [name] = order.command
  if (name.includes('/')) {
    const program = resolve(order.cwd, name)
    const reason = await whyNotExecutable(program)
    return reason ? { reason } : { program }
  }
  const path = order.env.PATH ?? shellPath
  for (const folder of path.split(':')) {
    const program = join(folder || '.', name)
    if (isAbsolute(program) && (await whyNotExecutable(program)) === undefined) return { program }
  }
  return { reason: `the program ${name} is in no folder of the PATH ${path}` }
}
