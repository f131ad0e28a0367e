/** Names of XML as those of TypeScript. */

const isIdentifier = (name: string) => /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)

/** The text as a literal of TypeScript, whatever stands in it. */
export function literal(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner}'`
}

/** The name as the key of an object. */
export function keyText(name: string): string {
  return isIdentifier(name) ? name : literal(name)
}

/** One identifier for each thing, told apart where names are equal. */
export class Names {
  readonly #given = new Map<string, string>()

  of(key: string, name: string): string {
    const known = this.#given.get(key)
    if (known !== undefined) return known
    const base = name.replace(/[^\p{L}\p{N}_$]/gu, '_').replace(/^(?=\p{N})/u, '_')
    const taken = new Set(this.#given.values())
    let identifier = base
    for (let n = 2; taken.has(identifier); n++) identifier = `${base}${n}`
    this.#given.set(key, identifier)
    return identifier
  }
}
