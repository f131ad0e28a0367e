/** The WSDL files and schemas of a service: those that are given, and what they import, if it lies beside them. */
import { readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import { readText } from '#config/read-text.ts'
import type { Report } from '#config/report.ts'
import { parseXml } from '#config/xml.ts'
import { schemaNamespace, serializationNamespace } from '#wcf/contract-names.ts'
import { complain } from './complain.ts'
import { childrenOf, type Element, elementOf } from './element.ts'
import { wsdl } from './namespaces.ts'

export interface Documents {
  readonly definitions: readonly Element[]
  readonly schemas: readonly Element[]
}

/** In mebibytes: those of services with hundreds of operations have a few. */
const largestFile = 16

/** Their types are known without a file. */
const builtIn: readonly string[] = [schemaNamespace, serializationNamespace, 'http://www.w3.org/XML/1998/namespace']

/** Reports imports that can't be found; throws CONTRACT_UNREADABLE for files that are none. Never uses the network. */
export async function readFiles(files: readonly string[], report: Report): Promise<Documents> {
  const definitions: Element[] = []
  const schemas: Element[] = []
  const read = new Set<string>()
  /** The root elements of the WSDL files and schemas of each folder that was searched. */
  const folders = new Map<string, Promise<Map<string, Element>>>()

  const take = async (file: string): Promise<void> => {
    if (read.has(file)) return
    read.add(file)
    const root = await rootOf(file)
    if (root.namespace === wsdl && root.name === 'definitions') {
      definitions.push(root)
      const types = childrenOf(root, 'types', wsdl)
      schemas.push(...types.flatMap((each) => childrenOf(each, 'schema', schemaNamespace)))
    } else if (root.namespace === schemaNamespace && root.name === 'schema') schemas.push(root)
    else throw unreadable(file, root.xml.line(), `<${root.xml.name}> is not the root of a WSDL 1.1 file or a schema`)
  }

  for (const file of files) await take(resolve(file))
  if (definitions.length === 0) throw unreadable(files[0] ?? '', 1, 'none of the files is a WSDL file')

  const settled = new Set<Element>()
  for (let pending = imports(); pending.length > 0; pending = imports()) {
    for (const each of pending) {
      settled.add(each)
      await settle(each)
    }
  }
  return { definitions, schemas }

  function imports(): Element[] {
    const inDefinitions = definitions.flatMap((each) => childrenOf(each, 'import', wsdl))
    const inSchemas = schemas.flatMap((each) => [
      ...childrenOf(each, 'import', schemaNamespace),
      ...childrenOf(each, 'include', schemaNamespace),
    ])
    return [...inDefinitions, ...inSchemas].filter((each) => !settled.has(each))
  }

  async function settle(element: Element): Promise<void> {
    const location = element.attribute('location') ?? element.attribute('schemaLocation')
    const namespace = element.attribute('namespace')
    const found = element.namespace === wsdl ? definitions : schemas
    if (namespace !== undefined && builtIn.includes(namespace)) return
    const beside = await filesBeside(dirname(element.xml.file))
    const file = location !== undefined && nearby(element.xml.file, location).find((each) => beside.has(each))
    if (file) return await take(file)
    if (namespace === undefined ? element.name === 'import' : hasNamespace(found, namespace)) return
    const matching = [...beside].filter(
      ([, root]) => root.namespace === element.namespace && root.attribute('targetNamespace') === namespace,
    )
    for (const [each] of namespace === undefined ? [] : matching) await take(each)
    if (namespace !== undefined && matching.length > 0) return
    const what = namespace === undefined ? `the file ${location}` : `the namespace ${namespace}`
    complain(
      report,
      element,
      `imports ${what}, which is in none of the files and not beside them: save it there${location ? `, from ${location}` : ''}`,
    )
  }

  function filesBeside(folder: string): Promise<Map<string, Element>> {
    let roots = folders.get(folder)
    if (!roots) {
      roots = rootsIn(folder)
      folders.set(folder, roots)
    }
    return roots
  }
}

const hasNamespace = (roots: readonly Element[], namespace: string) =>
  roots.some((root) => root.attribute('targetNamespace') === namespace)

/** Where a file may lie that `location` names: there, or under its last name beside `file`. */
function nearby(file: string, location: string): string[] {
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(location)
  const last = basename(location.replace(/[?#].*$/, ''))
  return [...(isUrl ? [] : [resolve(dirname(file), location)]), join(dirname(file), last)]
}

/** What isn't XML is left out: it may have nothing to do with the service. */
async function rootsIn(folder: string): Promise<Map<string, Element>> {
  const roots = new Map<string, Element>()
  const names = (await readdir(folder)).filter((name) => /\.(?:wsdl|xsd|xml)$/i.test(name)).sort()
  for (const name of names) {
    const file = join(folder, name)
    const root = await rootOf(file).catch(() => undefined)
    if (root) roots.set(file, root)
  }
  return roots
}

async function rootOf(file: string): Promise<Element> {
  const read = await readText(file, largestFile).catch((error: unknown) => ({ wrong: sentenceOf(error) }))
  if ('wrong' in read) throw unreadable(file, 1, read.wrong)
  const parsed = parseXml(file, read.text)
  if ('problem' in parsed) throw unreadable(file, parsed.problem.line, parsed.problem.expected)
  return elementOf(parsed.root)
}

function unreadable(file: string, line: number, why: string): PorticoError {
  return new PorticoError('CONTRACT_UNREADABLE', { problems: [`${file}:${line}: ${why}`] })
}
