import { expect, test } from 'vitest'
import { whyNotPassable } from '#launcher/order-check.ts'
import { reservedNames, startRecord } from '#launcher/start-record.ts'

const order = {
  worker: 'DefaultAppPool-1',
  pool: 'DefaultAppPool',
  command: ['node', 'main.ts', 'a b'] as const,
  cwd: '/srv/app',
  env: { PATH: '/bin' },
  logFile: '/var/log/pool.log',
}

test('PM2 decides nothing: it restarts, watches and versions nothing', () => {
  const record = startRecord(order, '/usr/bin/node', '/var/lib/portico/pm2', '0022')
  expect(record).toMatchObject({ autorestart: false, pmx: false, vizion: false, exec_interpreter: 'none' })
  for (const decision of ['max_memory_restart', 'restart_delay', 'exp_backoff_restart_delay', 'cron_restart', 'watch'])
    expect(record).not.toHaveProperty(decision)
})

test('every name that PM2 adds to an environment is taken away again, and can be no variable of the order', () => {
  const record = startRecord(order, '/usr/bin/node', '/var/lib/portico/pm2', '0022')
  const script = String((record.args as string[])[1])
  const settings = Object.keys(record).filter((name) => typeof record[name] !== 'object')
  for (const name of settings) {
    expect(script).toContain(` ${name}`)
    expect(reservedNames).toContain(name)
  }
})

test('a variable that some shells would set is kept when the order has it', () => {
  const script = (env: Record<string, string>) =>
    String((startRecord({ ...order, env }, '/bin/true', '/home', '0022').args as string[])[1])
  expect(script({})).toContain(' PWD ')
  expect(script({ PWD: '/srv' })).not.toContain(' PWD ')
})

test.each([
  [{ 'a.b': '1' }, 'the environment variable "a.b" has a name'],
  [{ '': '1' }, 'has a name'],
  [{ autorestart: 'true' }, 'the environment variable autorestart has the name of a setting of PM2'],
  [{ A: 'a\0b' }, 'contains a zero byte'],
  [{ A: 'ä'.repeat(65_536) }, 'has 131075 bytes'],
])('an environment that a process can not get, as %.60j, is refused with the reason', (env, reason) => {
  expect(whyNotPassable({ ...order, env: env as Record<string, string> })).toContain(reason)
})

test('a variable of exactly the length that Linux passes is no reason', () => {
  expect(whyNotPassable({ ...order, env: { A: 'x'.repeat(131_072 - 'A=\0'.length) } })).toBeUndefined()
})
