import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { PorticoError } from '#base/errors.ts'
import { explain, openLog } from '#main/log.ts'
import { ownFolder } from '../../support/unix-pair.ts'

/** A log in a file, and what a person reads. */
function logged() {
  const file = join(ownFolder(), 'logs', 'portico.log')
  const readable = new PassThrough()
  const log = openLog(file, readable)
  const events = () => {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  return { file, log, events, read: () => String(readable.read() ?? '') }
}

const failure = new PorticoError(
  'APPLICATION_DID_NOT_LOAD',
  { app: '/echo', pool: 'Pool', reason: 'no such module' },
  { journey: [{ step: 'loading', afterMs: 3 }], lastOutput: 'one\ntwo', cause: new Error('below') },
)

describe('the log', () => {
  test('has nothing in it that a terminal obeys, in the file and for a person', () => {
    const { log, events, file, read } = logged()
    const nasty = '\u001b[2J\u009b1m\u202e\r\n12:00:00.000 error forged'
    log.warn('connection.refused', { via: nasty, reason: nasty })
    log.close()
    expect(events()).toMatchObject([{ via: nasty, reason: nasty }])
    const readable = read()
    expect(readable.split('\n').filter((line) => line.startsWith('12:00:00.000 error'))).toEqual([])
    for (const text of [readable, readFileSync(file, 'utf8')])
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u)
  })

  test('has an event a line, with its name, its level, its time and its fields', () => {
    const { log, events, file } = logged()
    log.info('worker.ready', { pool: 'Pool', worker: 'w1' })
    log.warn('worker.channelLost', { pool: 'Pool' })
    log.error('configuration.refused')
    log.close()
    const [first, second, third] = events()
    const base = { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) }
    expect(first).toEqual({ ...base, level: 30, event: 'worker.ready', pool: 'Pool', worker: 'w1' })
    expect([second?.level, third?.level]).toEqual([40, 50])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('has an error of the catalogue in its parts, so that it can be searched', () => {
    const { log, events } = logged()
    log.error('application.failed', { error: failure, pool: 'The pool that the event names' })
    log.warn('other', { error: new Error('plain') })
    log.warn('other', { error: 'text' })
    log.close()
    const [first, second, third] = events()
    expect(first).toMatchObject({
      app: '/echo',
      pool: 'The pool that the event names',
      code: 'APPLICATION_DID_NOT_LOAD',
      reason: failure.message,
      remedy: failure.remedy,
      reply: 'ServiceActivationFailed',
      journey: [{ step: 'loading', afterMs: 3 }],
      lastOutput: 'one\ntwo',
    })
    expect(first).not.toHaveProperty('error')
    expect([second?.reason, third?.reason]).toEqual(['plain', 'text'])
  })

  test('can be read by a person: what happened, why, what to do', () => {
    const { log, read } = logged()
    log.info('worker.ready', { pool: 'Pool', worker: 'w1' })
    log.error('application.failed', { error: failure })
    log.close()
    const [info = '', error = '', ...more] = read().split('\n')
    expect(info).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}worker\.ready pool=Pool worker=w1$/)
    expect(error).toMatch(/^[\d:.]+ error application\.failed app=\/echo pool=Pool/)
    expect(more.join('\n')).toBe(
      `    APPLICATION_DID_NOT_LOAD: ${failure.message}\n    to do: ${failure.remedy}\n    its last output: one\n    two\n`,
    )
  })

  test.each([
    ['on a full disk', '/dev/full'],
    ['in a folder that is none', '/dev/null/portico.log'],
  ])('%s does not end the process, and people still read it', (_, file) => {
    const readable = new PassThrough()
    const log = openLog(file, readable)
    for (let at = 0; at < 50; at++) log.info(`event${at}`)
    log.close()
    log.info('afterwards')
    const text = String(readable.read())
    expect(text).toMatch(/event0.*event49.*afterwards/s)
    expect(text.match(/can't be written/g)).toHaveLength(1)
  })

  test('is written again as soon as that is possible', () => {
    const folder = ownFolder()
    const file = join(folder, 'logs', 'portico.log')
    writeFileSync(join(folder, 'logs'), 'in the way')
    const log = openLog(file, undefined)
    log.info('lost')
    rmSync(join(folder, 'logs'))
    log.info('kept')
    log.close()
    expect(readFileSync(file, 'utf8')).toMatch(/^[^\n]*"event":"kept"[^\n]*\n$/)
  })

  test('is bounded: a long one becomes the older of two, with every line in one of them', () => {
    const file = join(ownFolder(), 'portico.log')
    for (const run of [1, 2]) {
      const log = openLog(file, undefined, undefined, 1_500)
      for (let n = 1; n <= 12; n++) log.info('worker.ready', { worker: `w${run}-${n}` })
      log.close()
    }
    const lines = [...readFileSync(`${file}.1`, 'utf8').split('\n'), ...readFileSync(file, 'utf8').split('\n')]
    const workers = lines.filter((line) => line !== '').map((line) => JSON.parse(line).worker)
    expect(workers.at(-1)).toBe('w2-12')
    expect(statSync(file).size).toBeLessThan(1_700)
    expect(statSync(`${file}.1`).size).toBeLessThan(1_700)
    const all = [1, 2].flatMap((run) => Array.from({ length: 12 }, (_, n) => `w${run}-${n + 1}`))
    expect(workers).toEqual(all.slice(-workers.length))
  })

  test('that can not become the older one goes on', () => {
    const file = join(ownFolder(), 'portico.log')
    mkdirSync(join(`${file}.1`, 'in the way'), { recursive: true })
    const log = openLog(file, undefined, undefined, 100)
    for (let n = 1; n <= 5; n++) log.info('worker.ready')
    log.close()
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(6)
  })

  test('goes on when nobody reads what is written for people', async () => {
    const file = join(ownFolder(), 'portico.log')
    const readable = new PassThrough()
    const log = openLog(file, readable)
    readable.destroy(new Error('EPIPE'))
    await new Promise((resolve) => readable.once('close', resolve))
    log.info('still here')
    log.close()
    expect(readFileSync(file, 'utf8')).toContain('still here')
  })
})

test('a person at a terminal gets the sentence and the remedy, and the stack of what nobody foresaw', () => {
  expect(explain(failure)).toBe(`${failure.message}\n  ${failure.remedy} (APPLICATION_DID_NOT_LOAD)`)
  expect(explain(new Error('unforeseen'))).toMatch(/^Error: unforeseen\n +at /)
  expect(explain('text')).toBe('text')
})
