/** The files of the history: their names, their bounds, and reading them from any place on. */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCodeOf } from '#base/errors.ts'

/** How much history is kept: so many files of at most so many bytes, 16 MiB in all. */
export interface HistoryBounds {
  readonly fileBytes: number
  readonly files: number
}

export const historyBounds: HistoryBounds = { fileBytes: 1024 * 1024, files: 16 }

const shape = /^events-(\d{8,15})\.jsonl$/

export function eventFile(folder: string, number: number): string {
  return join(folder, `events-${String(number).padStart(8, '0')}.jsonl`)
}

/** The numbers of the files that are there, the oldest first. Throws what keeps the folder from being read. */
export async function eventFiles(folder: string): Promise<number[]> {
  const names = await readdir(folder)
  return names.flatMap((name) => Number(shape.exec(name)?.[1] ?? [])).sort((one, other) => one - other)
}

/** Where a reader is; a file is never renamed, so it stays right whatever is written or removed meanwhile. */
export interface ReadingPlace {
  readonly file: number
  readonly offset: number
}

export const beginning: ReadingPlace = { file: 0, offset: 0 }

/** Whole lines from a place on, and the place behind each file's last one. */
export async function* linesFrom(folder: string, from: ReadingPlace): AsyncGenerator<[string[], ReadingPlace]> {
  for (const file of await eventFiles(folder)) {
    if (file < from.file) continue
    const offset = file === from.file ? from.offset : 0
    const bytes = await readFrom(eventFile(folder, file), offset)
    const end = bytes.lastIndexOf('\n') + 1 // what is behind it is still being written
    const text = bytes.toString('utf8', 0, end)
    yield [text.split('\n').slice(0, -1), { file, offset: offset + end }]
  }
}

/** Empty when the file has been removed meanwhile: it was the oldest. */
async function readFrom(path: string, offset: number): Promise<Buffer> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    const bytes = Buffer.alloc(Math.max(0, size - offset))
    const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, offset)
    return bytes.subarray(0, bytesRead)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
