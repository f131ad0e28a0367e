import { appendFileSync, mkdirSync, truncateSync } from 'node:fs'
import { expect, test } from 'vitest'
import { WorkerLogs } from '#main/worker-logs.ts'
import { ownFolder } from '../../support/unix-pair.ts'

test('the last output of a worker process is what its pool wrote since it was launched', () => {
  const logs = new WorkerLogs(ownFolder())
  expect(logs.tail('w1', 'Pool')).toBe('')
  appendFileSync(logs.fileOf('Pool'), 'of the one before\n')
  logs.began('w1', 'Pool')
  expect(logs.tail('w1', 'Pool')).toBe('')
  appendFileSync(logs.fileOf('Pool'), 'one\ntwo\n')
  expect(logs.tail('w1', 'Pool')).toBe('one\ntwo')
  for (let n = 0; n < 256; n++) logs.began(`later${n}`, 'Pool')
  expect(logs.tail('w1', 'Pool')).toBe('of the one before\none\ntwo') // too long ago to be told apart
})

test('the last output is found in a log that was begun anew meanwhile, by whomever', () => {
  const logs = new WorkerLogs(ownFolder())
  appendFileSync(logs.fileOf('Pool'), 'of the one before, and long\n')
  logs.began('w1', 'Pool')
  truncateSync(logs.fileOf('Pool'))
  appendFileSync(logs.fileOf('Pool'), 'why it ends\n')
  expect(logs.tail('w1', 'Pool')).toBe('why it ends')
})

test('the last output is missing where the log can not be read, and nothing fails by that', () => {
  const logs = new WorkerLogs(ownFolder())
  mkdirSync(logs.fileOf('Pool'))
  expect(logs.tail('w1', 'Pool')).toBe('')
})

test('the last output is bounded', () => {
  const logs = new WorkerLogs(ownFolder())
  logs.began('w1', 'Pool')
  appendFileSync(logs.fileOf('Pool'), `${'x'.repeat(100_000)}the end\n`)
  const tail = logs.tail('w1', 'Pool')
  expect(tail.length).toBeLessThanOrEqual(4096)
  expect(tail).toMatch(/the end$/)
})
