/** What DataContractSerializer notes in schemas that XML Schema has no word for. */
import { schemaNamespace, serializationNamespace } from '#wcf/contract-names.ts'
import { childOf, childrenOf, type Element } from './element.ts'

function noteOf(element: Element, name: string): Element | undefined {
  const appinfos = childrenOf(element, 'annotation', schemaNamespace).flatMap((each) =>
    childrenOf(each, 'appinfo', schemaNamespace),
  )
  return appinfos.map((each) => childOf(each, name, serializationNamespace)).find((each) => each !== undefined)
}

export const isDictionary = (type: Element): boolean => noteOf(type, 'IsDictionary')?.xml.text.trim() === 'true'

/** Whether a contract is that of a struct. */
export const notesValueType = (type: Element): boolean => noteOf(type, 'IsValueType')?.xml.text.trim() === 'true'

/** False for a member that is left out where it has its default value. */
export const emitsDefault = (member: Element): boolean =>
  noteOf(member, 'DefaultValue')?.attribute('EmitDefaultValue') !== 'false'

/** The number of a member of an enumeration, where it isn't the one that its place gives it. */
export function numberOf(member: Element): number | undefined {
  const text = noteOf(member, 'EnumerationValue')?.xml.text.trim()
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}
