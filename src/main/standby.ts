/**
 * A standby process: has loaded the worker host, holds nothing, and waits for one word of Portico's, namely whose worker
 * process it becomes. Until then it has the privileges of portico serve, and runs nothing but files of Portico's own.
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { PorticoMessage } from '#handoff/protocol.ts'
import { PeerChannel } from '#sharing-client/channel.ts'
import { rehearse } from '#worker-host/rehearsal.ts'
import { attempt, becomeWorker } from './become-worker.js'
import { reached } from './start-steps.js'
import { proveAccount } from './take-account.js'
import { hostApplications } from './worker.ts'

const { PORTICO_SHARING_SOCKET: sharingSocket = '', PORTICO_TOKEN: token } = process.env
process.title = 'portico standby'

await rehearse(join(import.meta.dirname, 'rehearsal'))
attempt('this process is not what portico serve is', () => proveAccount(ownAccount()))

let isAssigned = false

/** Without Portico, and for any other word than the one that it waits for, this process is of no use. */
const channel = new PeerChannel(sharingSocket, {
  connected: () => channel.send({ type: 'hello', version: 1, token, standby: true }),
  message: (message, handle) => {
    handle?.close()
    if (message.type === 'welcome') return
    if (message.type !== 'assign' || isAssigned) process.exit(1)
    isAssigned = true
    become(message)
  },
  closed: () => {
    if (!isAssigned) process.exit(0)
  },
})

function ownAccount() {
  return { uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1, groups: process.getgroups?.() ?? [] }
}

function become({ env, logFile }: Extract<PorticoMessage, { type: 'assign' }>): void {
  reached('told whose it is')
  // The kernel keeps for a channel who connected it: it has to be another one that comes from the account of the pool.
  channel.close()
  attempt(`this process can't write into ${logFile}`, () => writeInto(logFile))
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  becomeWorker()
  reached('account taken')
  hostApplications()
}

/** Standard output and standard error go to the file from now on, which belongs to whoever runs Portico. */
function writeInto(logFile: string): void {
  for (const descriptor of [1, 2]) {
    closeSync(descriptor)
    // The kernel gives the lowest number that is free.
    const opened = openSync(logFile, 'a', 0o640)
    if (opened !== descriptor) throw new Error(`it was opened as ${opened} instead of ${descriptor}`)
  }
}
