import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { whyTooLong } from '#launcher/home.ts'
import { reasonOf } from '#launcher/pm2-client.ts'
import { findPm2, findPm2From } from '#launcher/pm2-package.ts'

test('PM2 that is not installed is named, with what to do', () => {
  expect(() => findPm2From(createRequire('/nowhere/module.js'))).toThrow(
    expect.objectContaining({ code: 'PM2_MISSING', remedy: expect.stringContaining('npm ci') }),
  )
  expect(findPm2().version).toMatch(/^\d+\.\d+\.\d+/)
})

test.each([
  [new Error('spawn E2BIG'), 'spawn E2BIG'],
  ['Error: spawn E2BIG', 'spawn E2BIG'],
  [[new Error('one'), { msg: 'two' }], 'one; two'],
  [{ type: 'timeout', msg: 'timeout' }, 'timeout'],
  [{ code: 5 }, '{"code":5}'],
])('whatever PM2 answers as an error has a sentence: %j', (error, sentence) => {
  expect(reasonOf(error)).toBe(sentence)
})

test('a home is too long when the longest socket in it has more than 107 bytes', () => {
  const home = (bytes: number) => `/${'ä'.repeat((bytes - 1 - '/interactor.sock'.length) / 2)}`
  expect(whyTooLong(home(107))).toBeUndefined()
  expect(whyTooLong(`${home(107)}x`)).toContain('has 108 bytes, and 107 are possible')
})
