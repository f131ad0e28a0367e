/**
 * Becoming the worker process that the environment says: takes the account of its pool, proves that there is no way back,
 * and makes ready what an application may find.
 */
import { mkdirSync, statSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstClosed } from '#base/first-closed.js'
import { parseAccount } from './account-text.js'
import { idsOf, proveAccount, takeAccount } from './take-account.js'

const exitCodes = { usage: 2, notPermitted: 77 } // 77 as in sysexits.h

/** Ends the process when it can't. */
export function becomeWorker() {
  const { PORTICO_RUN_AS: text = '', PORTICO_FOLDER: folder, PORTICO_SHARING_SOCKET: sharingSocket } = process.env
  const account = parseAccount(text)
  if (account === undefined || folder === undefined || sharingSocket === undefined)
    end(exitCodes.usage, 'a worker process is started by portico serve, not by hand')
  attempt(
    `this process can't become the account of its pool (${idsOf(account)}) for good, and refuses to go on`,
    () => {
      takeAccount(account)
      proveAccount(account)
    },
  )
  for (const path of [sharingSocket, fileURLToPath(new URL('./worker.ts', import.meta.url))]) {
    const closed = firstClosed(path)
    if (closed === undefined) continue
    const mode = (statSync(closed).mode & 0o7777).toString(8).padStart(4, '0')
    const problem = `the account of the pool (${idsOf(account)}) can't get to ${path}`
    end(exitCodes.notPermitted, `${problem}: ${closed} does not let it through (mode ${mode})`)
  }
  attempt("the pool's private folder can't be made ready", () => {
    for (const name of ['tmp', 'profile', 'cache']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
  })
  // Compiled code is code: it comes from a folder that only this account can write, and is read only now.
  module.enableCompileCache(join(folder, 'cache'))
}

/**
 * @param {string} problem
 * @param {() => void} work
 */
export function attempt(problem, work) {
  try {
    work()
  } catch (error) {
    end(exitCodes.notPermitted, `${problem}: ${error instanceof Error ? error.message : error}`)
  }
}

/**
 * Whoever starts this process shows its last output.
 * @param {number} code
 * @param {string} problem
 * @returns {never}
 */
function end(code, problem) {
  process.stderr.write(`portico: ${problem}\n`)
  process.exit(code)
}
