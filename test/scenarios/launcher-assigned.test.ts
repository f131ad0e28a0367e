/** A process that was launched for nobody yet becomes a worker process: known by that from then on, also by a later run. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '#base/clock.ts'
import { lives, untilGone } from '#launcher/processes.ts'
import { OwnPm2Home, processOf, told } from '../support/own-pm2-home.ts'

const never = new AbortController().signal

/** A launcher with a process that has become the worker process of an order. */
async function assigned(own: OwnPm2Home) {
  const launcher = own.launcher()
  const [standby, order] = [own.order('forever.mjs'), own.order('forever.mjs', { env: { TOKEN: 'of the worker' } })]
  const { pid } = await launcher.launch(standby, never)
  const { worker, env } = order
  const facts = { worker, pid, env }
  expect(await launcher.assign(standby.worker, order, () => {})).toMatchObject(facts)
  return {
    launcher,
    standby,
    order,
    facts,
    identity: processOf(pid),
    files: () => readdirSync(join(own.home, 'assigned')),
  }
}

test('its end is told of by the id that it has now, and nothing of it is left', async () => {
  await using own = new OwnPm2Home()
  const { launcher, facts, files } = await assigned(own)
  expect(launcher.describe()).toMatch(/, 1 process$/)
  const ended = told(launcher, 'exited')
  process.kill(facts.pid, 'SIGKILL')
  expect(await ended).toEqual([facts.worker, 'signal SIGKILL'])
  await expect.poll(files).toEqual([])
  expect(await own.listed()).toEqual([])
})

test('it is removed by the id that it has now, and by no other', async () => {
  await using own = new OwnPm2Home()
  const { launcher, standby, order, identity, files } = await assigned(own)
  await launcher.remove(standby.worker)
  expect(lives(identity)).toBe(true)
  await launcher.remove(order.worker)
  expect(lives(identity)).toBe(false)
  expect(files()).toEqual([])
  await launcher.shutdown()
  expect(own.running).toBe(0)
  expect(() => own.daemonPid).toThrow()
})

test.each([['that is there'], ['that is gone too']])(
  'a later run finds it as what it has become, by a PM2 %s',
  async (pm2) => {
    await using own = new OwnPm2Home()
    const { launcher: earlier, facts, identity } = await assigned(own)
    await earlier[Symbol.asyncDispose]()
    if (pm2 === 'that is gone too') {
      const daemon = processOf(own.daemonPid)
      process.kill(daemon.pid, 'SIGKILL')
      await untilGone(daemon, 10_000, systemClock)
    }
    const launcher = own.launcher()
    const survivors = await launcher.survivors()
    expect(survivors).toHaveLength(1)
    expect(survivors[0]).toMatchObject(facts)
    const ended = told(launcher, 'exited')
    await launcher.remove(facts.worker)
    expect(lives(identity)).toBe(false)
    expect(await ended).toEqual([facts.worker, 'signal SIGKILL'])
    expect(readdirSync(join(own.home, 'assigned'))).toEqual([])
  },
)

test('left to itself it runs on, and is no survivor', async () => {
  await using own = new OwnPm2Home()
  const { launcher, order, identity } = await assigned(own)
  await launcher.release(order.worker)
  await launcher.shutdown()
  expect(lives(identity)).toBe(true)
  expect(await own.launcher().survivors()).toEqual([])
})

test('a process that has ended becomes nobody, whether PM2 has told of its end or not', async () => {
  await using own = new OwnPm2Home()
  const launcher = own.launcher()
  const [standby, order] = [own.order('forever.mjs'), own.order('forever.mjs')]
  const { pid } = await launcher.launch(standby, never)
  const identity = processOf(pid)
  const ended = told(launcher, 'exited')
  process.kill(pid, 'SIGKILL')
  while (lives(identity)); // nothing is heard meanwhile
  await expect(launcher.assign(standby.worker, order, () => {})).rejects.toThrow(`${standby.worker} has ended`)
  expect(await ended).toEqual([standby.worker, 'signal SIGKILL'])
  await expect(launcher.assign(standby.worker, order, () => {})).rejects.toThrow(`${standby.worker} has ended`)
  expect(await launcher.launch(order, never)).toMatchObject({ worker: order.worker })
})

test('one whose file was not written to its end has become nobody', async () => {
  await using own = new OwnPm2Home()
  const { launcher: earlier, standby, facts } = await assigned(own)
  await earlier[Symbol.asyncDispose]()
  writeFileSync(join(own.home, 'assigned', standby.worker), '{"worker":"Default')
  const launcher = own.launcher()
  expect(await launcher.survivors()).toMatchObject([{ worker: standby.worker, pid: facts.pid, env: {} }])
  expect(readdirSync(join(own.home, 'assigned'))).toEqual([])
})
