import { expect, test } from 'vitest'
import { defaultHome } from '#base/home.ts'

test('the usual home is the one in PORTICO_HOME, else that of the account', async () => {
  expect(defaultHome({ PORTICO_HOME: '/srv/portico' })).toBe('/srv/portico')
  const usual = process.getuid?.() === 0 ? '/var/lib/portico' : '/state/portico'
  expect(defaultHome({ XDG_STATE_HOME: '/state' })).toBe(usual)
})
