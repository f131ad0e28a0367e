import { expect, test, vi } from 'vitest'
import { isPorticoError, PorticoError } from '#base/errors.ts'

test('an error of Portico is known by its code, also when another copy of the module has made it', async () => {
  vi.resetModules()
  const copy = await import('#base/errors.ts')
  const error = new copy.PorticoError('POOL_STOPPED', { pool: 'Orders', why: 'an administrator stopped it' })
  expect(error).not.toBeInstanceOf(PorticoError)
  expect(isPorticoError(error, 'POOL_STOPPED')).toBe(true)
  expect(isPorticoError(error, 'NO_APPLICATION')).toBe(false)
})

test('an error of another kind with the same code is none', () => {
  expect(isPorticoError(Object.assign(new Error('stopped'), { code: 'POOL_STOPPED' }), 'POOL_STOPPED')).toBe(false)
})
