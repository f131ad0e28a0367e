/** The documents that a service's description is made of: one WSDL file, and those that it names. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { PorticoError } from '#base/errors.ts'
import { parseXml } from '#config/xml.ts'
import { Scoped, schema, wsdl } from './scoped-xml.ts'

export interface Documents {
  readonly definitions: readonly Scoped[]
  readonly schemas: readonly Scoped[]
}

/** Reads the files and whatever they import from files; each once. Throws WSDL_INVALID. */
export async function readDocuments(files: readonly string[]): Promise<Documents> {
  const found = { definitions: [] as Scoped[], schemas: [] as Scoped[] }
  const seen = new Set<string>()
  const waiting = files.map((file) => resolve(file))
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (seen.has(file)) continue
    seen.add(file)
    const root = await readRoot(file)
    const parts = [root, ...root.below()]
    found.definitions.push(...parts.filter((part) => part.is(wsdl, 'definitions')))
    found.schemas.push(...parts.filter((part) => part.is(schema, 'schema')))
    for (const part of parts) {
      const location = locationOf(part)
      if (location) waiting.push(resolve(dirname(file), location))
    }
  }
  return found
}

async function readRoot(file: string): Promise<Scoped> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new PorticoError('WSDL_INVALID', { file, line: 1, wrong: `it can't be read (${cause.code})` })
  })
  const parsed = parseXml(file, text.replace(/^\uFEFF/, ''))
  if ('problem' in parsed) throw new PorticoError('WSDL_INVALID', { ...parsed.problem, wrong: parsed.problem.expected })
  return new Scoped(parsed.root)
}

/** The file that an import names, if it names one. */
function locationOf(part: Scoped): string | undefined {
  const isImport = part.is(wsdl, 'import') || part.is(schema, 'import') || part.is(schema, 'include')
  const location = isImport ? (part.attribute('location') ?? part.attribute('schemaLocation')) : undefined
  if (location && /^[a-z]+:/i.test(location))
    part.refuse(
      `it imports ${location}, which is not a file: save the whole description, which the service has at ?singleWsdl`,
    )
  return location
}
