/** Texts and names of XML in TypeScript: quoted where they must be, and never the same one twice. */

/** With the quotation marks that need fewer escapes, the single ones if it doesn't matter. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
  const single = text.split("'").length - 1
  const double = text.split('"').length - 1
  return single > double ? `"${escaped.replaceAll('"', '\\"')}"` : `'${escaped.replaceAll("'", "\\'")}'`
}

const identifier = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u

export const keyOf = (name: string): string => (identifier.test(name) ? name : quoted(name))

/** What a file of its own has, or can't declare. */
const taken = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for function
  if import in instanceof interface let new null package private protected public return static super switch this throw true
  try typeof var void while with yield arguments eval undefined NaN Infinity async of type any never number object string
  boolean symbol unknown bigint Array ArrayBuffer Boolean Buffer DataView Date Error Function JSON Map Math Number Object
  Promise Proxy Record Reflect RegExp Set String Symbol Uint8Array Atomics Intl BigInt WeakMap WeakSet globalThis process
  Omit Pick Partial SchemaOf`.split(/\s+/),
)

/** Gives out identifiers. */
export class Identifiers {
  readonly #used = new Set<string>()

  constructor(used: Iterable<string>) {
    for (const each of used) this.#used.add(each)
  }

  /** `name` if it can be one and is free, else one like it. */
  of(name: string): string {
    const plain = name.replace(/[^\p{ID_Continue}$]+/gu, '_').replace(/^(?![\p{ID_Start}_$])/u, '_')
    let free = taken.has(plain) ? `${plain}Contract` : plain
    for (let number = 2; this.#used.has(free) || taken.has(free); number++) free = `${plain}${number}`
    this.#used.add(free)
    return free
  }
}
