/** Where the sharing socket is. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { defaultHome, machineHome } from '#base/home.ts'

const socketIn = (home: string) => join(resolve(home), 'sharing.sock')

/**
 * The socket that is named, or that of the home that is named, or that of PORTICO_HOME; else that of a Portico of the
 * account itself if it has ever run, else that of the machine's.
 */
export function sharingSocket(
  named: { readonly socket?: string | undefined; readonly home?: string | undefined },
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (named.socket !== undefined) return resolve(named.socket)
  if (named.home !== undefined) return socketIn(named.home)
  const own = socketIn(defaultHome(env))
  return env.PORTICO_HOME || existsSync(own) ? own : socketIn(machineHome)
}
