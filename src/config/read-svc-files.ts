/** Reads the .svc files of an application; one that is wrong keeps only its own service from being activated. */
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { readText, type TextRead } from './read-text.ts'
import type { Notice } from './report.ts'
import type { ServiceFile } from './service-files.ts'
import { parseSvc } from './svc.ts'

/** A .svc file, and what it says; nothing when there is a problem. */
export interface ReadSvc extends ServiceFile {
  readonly service: string | undefined
  readonly factory: string | undefined
  readonly problem: PorticoError | undefined
  readonly notices: readonly Notice[]
}

/** One for each path; `files` are in the order of their paths. */
export async function readSvcFiles(files: readonly ServiceFile[]): Promise<readonly ReadSvc[]> {
  const read: ReadSvc[] = []
  for (const [at, ...twins] of Map.groupBy(files, ({ path }) => path.toLowerCase()).values()) {
    if (at) read.push(twins.length === 0 ? await readSvc(at) : withTwins(at, twins))
  }
  return read
}

async function readSvc(at: ServiceFile): Promise<ReadSvc> {
  const { file } = at
  let read: TextRead
  try {
    read = await readText(file)
  } catch (cause) {
    return failed(at, new PorticoError('SERVICE_FILE_UNREADABLE', { file, reason: sentenceOf(cause) }, { cause }))
  }
  if ('wrong' in read) return failed(at, new PorticoError('SERVICE_FILE_INVALID', { file, line: 1, wrong: read.wrong }))
  const parsed = parseSvc(read.text)
  if ('wrong' in parsed) return failed(at, new PorticoError('SERVICE_FILE_INVALID', { file, ...parsed }))
  const notices = parsed.notices.map(({ line, text }) => {
    return { file, line, kind: 'notOnLinux', text: `${file}:${line}: ${text}` } as const
  })
  return { ...at, service: parsed.service, factory: parsed.factory, problem: undefined, notices }
}

/** Clients compare paths ignoring case, so nobody can say which of the files they mean. */
function withTwins(at: ServiceFile, twins: readonly ServiceFile[]): ReadSvc {
  const wrong = `has the same path as ${twins.map(({ file }) => file).join(' and ')} for clients, which ignore case; keep one`
  return failed(at, new PorticoError('SERVICE_FILE_INVALID', { file: at.file, line: 1, wrong }))
}

function failed(at: ServiceFile, problem: PorticoError): ReadSvc {
  return { ...at, service: undefined, factory: undefined, problem, notices: [] }
}
