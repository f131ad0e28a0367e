/** `portico contract`: the declaration of a service in TypeScript, from the WSDL file of a WCF service. */
import { randomUUID } from 'node:crypto'
import { link, rename, rm, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { readService } from '#wsdl/service.ts'
import { serviceFile } from '#wsdl/service-file.ts'

interface ContractOptions {
  /** The file to write; standard output unless given. */
  readonly out: string | undefined
  /** The contract, where the files have several. */
  readonly service: string | undefined
  /** Whether a file that is there may be replaced. */
  readonly force: boolean
}

export async function contractCommand(
  files: readonly string[],
  { out, service, force }: ContractOptions,
): Promise<void> {
  const model = await readService(files, service)
  const text = serviceFile(model, basename(files[0] ?? ''))
  if (out === undefined) {
    process.stdout.write(text)
    return
  }
  await writeWhole(out, text, force)
  const { operations, callbacks } = model
  const counts = [
    counted(operations.length, 'operation'),
    ...(callbacks.length > 0 ? [counted(callbacks.length, 'callback')] : []),
  ]
  process.stderr.write(`${out}: ${model.name} with ${counts.join(' and ')}; what runs is to be written\n`)
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

/** Appears as a whole or not at all, and in place of another file only if it may. */
async function writeWhole(file: string, text: string, mayReplace: boolean): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFile(draft, text, { flag: 'wx' })
    // A link is refused where there is a file, which a rename replaces.
    await (mayReplace ? rename(draft, file) : link(draft, file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new PorticoError('FILE_NOT_OVERWRITTEN', { file })
    throw new PorticoError('FILE_NOT_WRITTEN', { file, reason: sentenceOf(error) }, { cause: error })
  } finally {
    await rm(draft, { force: true })
  }
}
