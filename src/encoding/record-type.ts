/** The record types of binary XML (MC-NBFX). Text records are even; the odd one above ends the element as well. */

export const recordType = {
  endElement: 0x01,
  comment: 0x02,
  array: 0x03,

  shortAttribute: 0x04,
  attribute: 0x05,
  shortDictionaryAttribute: 0x06,
  dictionaryAttribute: 0x07,
  shortXmlns: 0x08,
  xmlns: 0x09,
  shortDictionaryXmlns: 0x0a,
  dictionaryXmlns: 0x0b,
  /** The first of 26, for the prefixes a to z, as are the other three of their kind. */
  prefixDictionaryAttributeA: 0x0c,
  prefixAttributeA: 0x26,
  lastAttribute: 0x3f,

  shortElement: 0x40,
  element: 0x41,
  shortDictionaryElement: 0x42,
  dictionaryElement: 0x43,
  prefixDictionaryElementA: 0x44,
  prefixElementA: 0x5e,
  lastElement: 0x77,

  zero: 0x80,
  one: 0x82,
  false: 0x84,
  true: 0x86,
  int8: 0x88,
  int16: 0x8a,
  int32: 0x8c,
  int64: 0x8e,
  float: 0x90,
  double: 0x92,
  decimal: 0x94,
  dateTime: 0x96,
  chars8: 0x98,
  chars16: 0x9a,
  chars32: 0x9c,
  bytes8: 0x9e,
  bytes16: 0xa0,
  bytes32: 0xa2,
  startList: 0xa4,
  endList: 0xa6,
  empty: 0xa8,
  dictionary: 0xaa,
  uniqueId: 0xac,
  timeSpan: 0xae,
  uuid: 0xb0,
  uint64: 0xb2,
  bool: 0xb4,
  unicodeChars8: 0xb6,
  unicodeChars16: 0xb8,
  unicodeChars32: 0xba,
  qnameDictionary: 0xbc,
  lastText: 0xbd,
} as const

/** The prefixes that have records of their own. */
export const letters: readonly string[] = Array.from('abcdefghijklmnopqrstuvwxyz')

/** A record type as a sentence names it. */
export function describeRecord(type: number): string {
  return `the record 0x${type.toString(16).padStart(2, '0')}`
}
