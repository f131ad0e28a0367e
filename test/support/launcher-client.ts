/**
 * A process that launches a program in a PM2 home, lets go of the launcher, and must then end by itself. It reports what it
 * was before and after: listeners, title, umask, environment.
 */
import type { LaunchOrder } from '#activation/launcher.ts'
import { systemClock } from '#base/clock.ts'
import { Pm2Launcher } from '#launcher/pm2-launcher.ts'

const [home = '', cwd = '', logFile = '', program = ''] = process.argv.slice(2)
const world = () => ({
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  title: process.title,
  umask: process.umask(),
  env: { ...process.env },
})
const before = world()
const nothing = () => {}
const launcher = new Pm2Launcher({ home, clock: systemClock, log: { info: nothing, warn: nothing, error: nothing } })
const order: LaunchOrder = {
  worker: 'DefaultAppPool-1',
  pool: 'DefaultAppPool',
  command: [process.execPath, program],
  cwd,
  env: {},
  logFile,
}
const launched = await launcher.launch(order, new AbortController().signal)
await launcher[Symbol.asyncDispose]()
process.send?.({ before, after: world(), launched }, () => process.disconnect())
