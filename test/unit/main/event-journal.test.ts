import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { beginning, linesFrom } from '#main/event-files.ts'
import { EventJournal } from '#main/event-journal.ts'
import { openLog } from '#main/log.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const bounds = { fileBytes: 1_000, files: 3 }

function journalIn(folder: string) {
  const complaints: string[] = []
  return { journal: new EventJournal({ folder, bounds, complain: (problem) => complaints.push(problem) }), complaints }
}

async function linesIn(folder: string): Promise<string[]> {
  const found: string[] = []
  for await (const [lines] of linesFrom(folder, beginning)) found.push(...lines)
  return found
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `{"n":${String(from + at).padStart(6, '0')}}`)

describe('the history on the disk', () => {
  test('keeps the newest lines in order, and no more bytes than its bounds say', async () => {
    const folder = join(ownFolder(), 'events')
    const { journal, complaints } = journalIn(folder)
    const lines = numbered(0, 1_000)
    for (const line of lines.slice(0, 500)) journal.write(`${line}\n`)
    await journal[Symbol.asyncDispose]()
    for (const line of lines.slice(500)) journal.write(`${line}\n`)
    await journal[Symbol.asyncDispose]()
    const files = readdirSync(folder)
    expect(files).toHaveLength(bounds.files)
    for (const file of files) {
      const { size, mode } = statSync(join(folder, file))
      expect(size).toBeLessThanOrEqual(bounds.fileBytes)
      expect(mode & 0o777).toBe(0o600)
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const kept = await linesIn(folder)
    expect(kept.length).toBeGreaterThan((bounds.files - 1) * (bounds.fileBytes / 14 - 1))
    expect(kept).toEqual(lines.slice(-kept.length))
    expect(complaints).toEqual([])
  })

  test('goes on where the last run ended, and behind half a line that a crash has left', async () => {
    const folder = join(ownFolder(), 'events')
    for (const [at, leftBehind] of ['', '{"half":', ''].entries()) {
      const { journal } = journalIn(folder)
      journal.write(`{"run":${at}}\n`)
      await journal[Symbol.asyncDispose]()
      appendFileSync(join(folder, readdirSync(folder).at(-1) ?? ''), leftBehind)
    }
    expect(await linesIn(folder)).toEqual(['{"run":0}', '{"run":1}', '{"run":2}'])
    expect(readdirSync(folder)).toHaveLength(2)
  })

  test('leaves out what the disk does not take, says so once, and goes on when it does', async () => {
    const folder = join(ownFolder(), 'events')
    writeFileSync(folder, 'in the way')
    const { journal, complaints } = journalIn(folder)
    for (let at = 0; at < 3; at++) {
      journal.write('{"lost":1}\n')
      await journal[Symbol.asyncDispose]()
    }
    expect(complaints).toEqual([expect.stringContaining(`events are not kept in ${folder}`)])
    rmSync(folder)
    journal.write('{"kept":1}\n')
    await journal[Symbol.asyncDispose]()
    expect(await linesIn(folder)).toEqual(['{"kept":1}'])
  })

  test('leaves out what a disk that hangs would let pile up in memory', async () => {
    const { journal, complaints } = journalIn(join(ownFolder(), 'events'))
    // Nothing of this has been written while the loop runs.
    for (let at = 0; at < 3; at++) journal.write(`${'x'.repeat(500_000)}\n`)
    expect(complaints).toEqual([expect.stringContaining('too slowly')])
    await journal[Symbol.asyncDispose]()
  })

  test('has what waited when the process dies of an error', async () => {
    const folder = join(ownFolder(), 'events')
    const { journal } = journalIn(folder)
    journal.write('{"n":1}\n')
    await journal[Symbol.asyncDispose]()
    journal.write('{"n":2}\n')
    journal.flushNow()
    expect(readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8')).toBe('{"n":1}\n{"n":2}\n')
    await journal[Symbol.asyncDispose]()
  })

  test('is read on from a place, whatever has been removed meanwhile', async () => {
    const folder = join(ownFolder(), 'events')
    const { journal } = journalIn(folder)
    const lines = numbered(0, 1_000)
    const write = async (from: number, to: number) => {
      for (const line of lines.slice(from, to)) journal.write(`${line}\n`)
      await journal[Symbol.asyncDispose]()
    }
    await write(0, 10)
    const read: string[] = []
    let place = beginning
    const readOn = async () => {
      for await (const [found, at] of linesFrom(folder, place)) {
        place = at
        read.push(...found)
      }
    }
    await readOn()
    await write(10, 20)
    await readOn()
    expect(read).toEqual(lines.slice(0, 20))
    await write(20, 1_000)
    await readOn()
    expect(read.at(-1)).toBe(lines.at(-1))
    expect(new Set(read).size).toBe(read.length)
  })
})

test('the log gives the history what tells of lives, with the actor, and nothing of single connections', () => {
  const folder = ownFolder()
  mkdirSync(join(folder, 'logs'))
  const kept: Record<string, unknown>[] = []
  const log = openLog(join(folder, 'logs', 'portico.log'), undefined, {
    write: (line) => void kept.push(JSON.parse(line) as Record<string, unknown>),
  })
  log.info('worker.ready', { pool: 'Pool', worker: 'w1', ageMs: 30 })
  log.warn('connection.refused', { via: 'net.tcp://x' })
  log.error('service.failed', { reason: 'r'.repeat(10_000), lastOutput: 'much' })
  log.info('worker.launching', { actor: 'client' })
  const journey = Array.from({ length: 41 }, (_, afterMs) => ({ step: 'step', afterMs }))
  log.info('application.loaded', { app: '/echo', journey })
  log.close()
  expect(kept).toMatchObject([
    { event: 'worker.ready', pool: 'Pool', worker: 'w1', ageMs: 30, actor: 'portico', level: 30 },
    { event: 'service.failed', reason: 'r'.repeat(2_048) },
    { event: 'worker.launching', actor: 'client' },
    { event: 'application.loaded', journey: journey.slice(0, 40) },
  ])
  expect(kept[1]).not.toHaveProperty('lastOutput')
})
