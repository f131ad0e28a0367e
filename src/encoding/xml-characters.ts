/** What XML 1.0 allows: characters, names, and the references that stand for characters. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML forbids
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/** Whether every character may stand in a document. */
export function hasOnlyCharacters(text: string): boolean {
  return !forbidden.test(text) && text.isWellFormed()
}

const nameStart =
  'A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}'
const nameRest = `${nameStart}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040`

/** A name at `lastIndex`, with its prefix. */
export const qualifiedName = new RegExp(`(?:([${nameStart}][${nameRest}]*):)?([${nameStart}][${nameRest}]*)`, 'uy')
const wholeName = new RegExp(`^[${nameStart}][${nameRest}]*$`, 'u')

/** Whether it can be the name of an element or attribute, or a prefix. */
export function isName(text: string): boolean {
  return wholeName.test(text)
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' }
/** The longest one that means something: `&#x10FFFF;`, with some zeros. */
export const longestReference = 16

/** The character of what stands between `&` and `;`; undefined when it is none of the five entities and no character. */
export function referenced(name: string): string | undefined {
  if (!name.startsWith('#')) return Object.hasOwn(named, name) ? named[name] : undefined
  const isHex = name.startsWith('#x')
  const digits = name.slice(isHex ? 2 : 1)
  if (!(isHex ? /^[0-9a-fA-F]+$/ : /^[0-9]+$/).test(digits)) return undefined
  const code = Number.parseInt(digits, isHex ? 16 : 10)
  if (code > 0x10_ffff) return undefined
  const character = String.fromCodePoint(code)
  return hasOnlyCharacters(character) ? character : undefined
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

/** A text as it stands in an element. */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => escapes[character] ?? character)
}

/** A text as it stands in an attribute between double quotes. */
export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (character) => escapes[character] ?? character)
}
