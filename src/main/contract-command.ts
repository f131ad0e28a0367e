/** `portico contract`: the declaration of a service in TypeScript, from the WSDL that the old one publishes. */
import { PorticoError } from '#base/errors.ts'
import { contractText, portTypesOf } from '#wsdl/contract-text.ts'
import { readDocuments } from '#wsdl/documents.ts'

/** Prints it. `name` chooses one of several contracts. */
export async function contractCommand(files: readonly string[], name: string | undefined): Promise<void> {
  const documents = await readDocuments(files)
  const portTypes = portTypesOf(documents)
  const found = portTypes.filter((each) => name === undefined || each.name === name)
  const [only, other] = found
  const file = files[0] ?? ''
  const refuse = (wrong: string): never => {
    throw new PorticoError('WSDL_INVALID', { file, line: 1, wrong })
  }
  const names = portTypes.map((each) => each.name).join(', ')
  if (!only)
    return refuse(name === undefined ? 'it has no portType' : `its contracts are ${names || 'none'}, not ${name}`)
  if (other) return refuse(`it has several contracts, ${names}: choose with --name`)
  process.stdout.write(contractText(documents, only))
}
