/** Enumerations: names in XML; in values the names, the numbers that they stand for, or a sum of those. */
import { toText } from '#encoding/value-text.ts'
import type { Content } from './content.ts'
import { ContractError, mismatch } from './contract-error.ts'
import type { QualifiedName } from './contract-names.ts'
import { simpleContent } from './simple-content.ts'

/** `entries` as zod has them: a text is its own name in XML, a number has the name that stands before it. */
export function enumContent(entries: Readonly<Record<string, string | number>>, name: () => QualifiedName): Content {
  const values = new Map<string, string | number>()
  const names = new Map<unknown, string>()
  for (const [key, value] of Object.entries(entries)) {
    // An enum of TypeScript has its numbers as keys, too.
    if (typeof value === 'string' && typeof entries[value] === 'number' && String(entries[value]) === key) continue
    const text = typeof value === 'number' ? key : value
    values.set(text, value)
    if (!names.has(value)) names.set(value, text)
  }
  const says = `one of ${[...values.keys()].join(', ')}`
  return simpleContent(
    {
      name: 'enumeration',
      namespace: '',
      isValueType: true,
      from(value) {
        const text = toText(value)
        const found = values.get(text) ?? values.get(text.trim())
        if (found === undefined) throw mismatch(text, says)
        return found
      },
      to(value) {
        const text = names.get(value)
        if (text === undefined) throw mismatch(value, says)
        return text
      },
    },
    name,
  )
}

/** A number, the sum of members; in XML their names with blanks between them. */
export function flagsContent(members: Readonly<Record<string, number>>, name: () => QualifiedName): Content {
  const bits = new Map(Object.entries(members))
  const all = [...bits.keys()].join(', ')
  return simpleContent(
    {
      name: 'flags',
      namespace: '',
      isValueType: true,
      from(value) {
        let sum = 0
        for (const text of toText(value).split(/[ \t\r\n]+/)) {
          if (text === '') continue
          const bit = bits.get(text)
          if (bit === undefined) throw mismatch(text, `one of the flags ${all}`)
          sum |= bit
        }
        return sum
      },
      to(value) {
        if (typeof value !== 'number') throw mismatch(value, `a sum of ${all}`)
        const texts: string[] = []
        let rest = value
        for (const [text, bit] of bits) {
          if (bit === 0 ? value !== 0 : (rest & bit) !== bit) continue
          texts.push(text)
          rest &= ~bit
        }
        if (rest !== 0) throw new ContractError(`${value} is not a sum of ${all}: ${rest} is left`)
        return texts.join(' ')
      },
    },
    name,
  )
}
