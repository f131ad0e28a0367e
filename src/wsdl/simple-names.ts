/** Types of XML Schema and .NET that are one text, as the schemas of `portico/wcf`. */
import { schema } from './scoped-xml.ts'

export const serialization = 'http://schemas.microsoft.com/2003/10/Serialization/'
export const streamNamespace = 'http://schemas.microsoft.com/Message'

interface SimpleType {
  readonly text: string
  /** The helper of `portico/wcf` that it takes; none for those of `z`. */
  readonly helper?: string
  /** Whether .NET has null for it without Nullable<T>. */
  readonly isReference?: true
}

const helper = (name: string): SimpleType => ({ text: `${name}()`, helper: name })
const reference = (type: SimpleType): SimpleType => ({ ...type, isReference: true })

const ofSchema: Readonly<Record<string, SimpleType>> = {
  string: reference({ text: 'z.string()' }),
  anyURI: reference(helper('uri')),
  base64Binary: reference(helper('bytes')),
  boolean: { text: 'z.boolean()' },
  byte: helper('sbyte'),
  unsignedByte: helper('byte'),
  short: helper('short'),
  unsignedShort: helper('ushort'),
  int: { text: 'z.int32()' },
  unsignedInt: { text: 'z.uint32()' },
  long: { text: 'z.int64()' },
  unsignedLong: { text: 'z.uint64()' },
  float: helper('float'),
  double: helper('double'),
  decimal: helper('decimal'),
  dateTime: { text: 'z.date()' },
}

const ofNet: Readonly<Record<string, SimpleType>> = {
  guid: { text: 'z.guid()' },
  duration: helper('duration'),
  char: helper('char'),
}

export function simpleType(namespace: string, name: string): SimpleType | undefined {
  if (namespace === schema) return Object.hasOwn(ofSchema, name) ? ofSchema[name] : undefined
  if (namespace === serialization) return Object.hasOwn(ofNet, name) ? ofNet[name] : undefined
  return undefined
}
