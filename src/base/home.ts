/** Where Portico's home is when nobody names it. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The home of a Portico of root, which serves the whole machine. */
export const machineHome = '/var/lib/portico'

/** The home that is used when none is named: PORTICO_HOME, root's in /var/lib, a user's where its programs keep state. */
export function defaultHome(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PORTICO_HOME) return resolve(env.PORTICO_HOME)
  if (process.getuid?.() === 0) return machineHome
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'portico')
}
