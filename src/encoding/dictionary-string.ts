/** A name that binary XML may write as a number: made once, where the name is known, and used for every message. */
import { staticStrings } from './static-dictionary.ts'

let ids: Map<string, number> | undefined

/** The id of a string of the static dictionary. Where one is there twice, the first counts, as for .NET peers. */
export function staticIdOf(text: string): number | undefined {
  if (!ids) {
    ids = new Map()
    for (const [index, known] of staticStrings.entries()) if (!ids.has(known)) ids.set(known, index * 2)
  }
  return ids.get(text)
}

/** What a writer takes as a name: a DictionaryString may become a number, a string is written out as it is. */
export type Name = string | DictionaryString

/** Use `dictionaryString` to make one. */
export class DictionaryString {
  readonly text: string
  /** Its id in the static dictionary; undefined for those that a session may take up. */
  readonly staticId: number | undefined

  constructor(text: string) {
    this.text = text
    this.staticId = staticIdOf(text)
  }
}

export function dictionaryString(text: string): DictionaryString {
  return new DictionaryString(text)
}

const statics = new Map<number, DictionaryString>()

/** A text as a name of the static dictionary if that has it; otherwise as it is. */
export function staticName(text: string): Name {
  const id = staticIdOf(text)
  if (id === undefined) return text
  let name = statics.get(id)
  if (!name) {
    name = new DictionaryString(text)
    statics.set(id, name)
  }
  return name
}

export function textOf(name: Name): string {
  return typeof name === 'string' ? name : name.text
}
