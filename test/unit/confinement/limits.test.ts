import { expect, test } from 'vitest'
import { cpuLimitText, cpuMax, cpuWeight } from '#confinement/limits.ts'
import { settings } from '../../support/fake-workers.ts'

const { cpu } = settings.limits

test.each([
  [50_000, 2, '100000 100000'],
  [25_000, 8, '200000 100000'],
  [100_000, 1, '100000 100000'],
  [100, 2, '1000 500000'],
  [1, 1, '1000 1000000'],
])('a cap of %i thousandths of a percent of %i processors is cpu.max %s', (limit, processors, max) => {
  expect(cpuMax(limit, processors)).toBe(max)
})

test.each([
  [100_000, '100'],
  [25_000, '25'],
  [1, '1'],
])('a limit of %i is the weight %s, where a pool without limit has 100', (limit, weight) => {
  expect(cpuWeight(limit)).toBe(weight)
})

test.each([
  [{ limit: 0 }, undefined],
  [{ limit: 0, action: 'Throttle' }, undefined],
  [{ limit: 50_000, resetInterval: 0 }, undefined],
  [{ limit: 50_000, resetInterval: 0, action: 'Throttle' }, 'at most 50 % of all processors'],
  [{ limit: 500, action: 'ThrottleUnderLoad' }, '0.5 % of all processors when others want them too'],
  [{ limit: 50_000 }, '50 % of all processors over 300 s, then a warning'],
  [{ limit: 50_000, action: 'KillW3wp' }, '50 % of all processors over 300 s, then the end of its worker processes'],
] as const)('%j reads %j', (changes, text) => {
  expect(cpuLimitText({ ...cpu, ...changes })).toBe(text)
})
