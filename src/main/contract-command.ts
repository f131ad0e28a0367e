/** `portico contract`: the declaration of a service in TypeScript, from the WSDL file of a WCF service. */
import { randomUUID } from 'node:crypto'
import { link, rename, unlink, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { PorticoError } from '#base/errors.ts'
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
  const counts = [`${operations.length} operations`, ...(callbacks.length > 0 ? [`${callbacks.length} callbacks`] : [])]
  process.stderr.write(`${out}: ${model.name} with ${counts.join(' and ')}; their run functions are to be written\n`)
}

/** Appears as a whole or not at all, and in place of another file only if it may. */
async function writeWhole(file: string, text: string, mayReplace: boolean): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, text, { flag: 'wx' })
  try {
    if (mayReplace) return await rename(draft, file)
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new PorticoError('FILE_NOT_OVERWRITTEN', { file }) : error
    })
    await unlink(draft)
  } catch (error) {
    await unlink(draft).catch(() => {})
    throw error
  }
}
