/** PM2's home and the start of PM2 in it: what is refused, and what is put right. */
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkLauncherHome, prepareHome } from '#launcher/home.ts'
import { OwnPm2Home } from '../support/own-pm2-home.ts'

const never = new AbortController().signal

test.each([
  ['a path too long for its sockets', (own: OwnPm2Home) => join(own.folder, 'x'.repeat(100)), 'are possible'],
  ['a file', (own: OwnPm2Home) => own.logFile, 'it is a file'],
  ['a folder below a file', (own: OwnPm2Home) => join(own.logFile, 'pm2'), 'ENOTDIR'],
  ["a folder that can't be made", () => '/proc/portico/pm2', 'ENOENT'],
])('a home that is %s is refused, by the check and by a launch', async (_what, where, reason) => {
  await using own = new OwnPm2Home()
  writeFileSync(own.logFile, '')
  const home = where(own)
  const refused = { code: 'PM2_HOME_UNUSABLE', message: expect.stringContaining(reason) }
  await expect(checkLauncherHome(home)).rejects.toMatchObject(refused)
  const launch = own.launcher({ home }).launch(own.order('forever.mjs'), never)
  await expect(launch).rejects.toMatchObject(refused)
})

test('the home is private to its account, also when it was made otherwise', async () => {
  await using own = new OwnPm2Home()
  mkdirSync(own.home)
  chmodSync(own.home, 0o755)
  await own.launcher().launch(own.order('forever.mjs'), never)
  expect(statSync(own.home).mode & 0o777).toBe(0o700)
  expect(statSync(own.logFile).mode & 0o777).toBe(0o640)
})

test('a PM2 that does not start is named with what it said', async () => {
  await using own = new OwnPm2Home()
  await prepareHome(own.home)
  mkdirSync(join(own.home, 'pm2.log'))
  const launch = own.launcher().launch(own.order('forever.mjs'), never)
  await expect(launch).rejects.toMatchObject({ code: 'PM2_NOT_STARTED' })
})

test("PM2's own log is emptied when it is long", async () => {
  await using own = new OwnPm2Home()
  await prepareHome(own.home)
  const log = join(own.home, 'pm2.log')
  writeFileSync(log, 'x'.repeat(1_000_001))
  await own.launcher().launch(own.order('forever.mjs'), never)
  expect(statSync(log).size).toBeLessThan(10_000)
})
