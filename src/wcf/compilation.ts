/** Makes the pieces of a part from a schema, each once. */
import type { z } from 'zod'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import type { Compilation, Content, PrefixedNamespace, RecursiveContent, Slot } from './content.ts'
import { ContractError, within } from './contract-error.ts'
import { contractInfo, helperInfo } from './contract-info.ts'
import { knownTypesContent } from './known-types-content.ts'
import { objectContent } from './object-content.ts'
import { plainContent } from './schema-content.ts'
import { surroundingsOf } from './schema-slot.ts'

type Schema = z.core.$ZodTypes

/** Those that binary XML has records for, without the ones that WCF gives other meanings. */
const letters = 'abcdefghjklmnopqrtuvwy'

export interface Compiled {
  readonly slot: Slot
  /** Whether i:nil or i:type may be written inside. */
  readonly writesInstance: boolean
}

export function compile(schema: z.ZodType, contractNamespace: string): Compiled {
  const prefixes = new Map<string, PrefixedNamespace>()
  // Those below a schema that zod checks, and the others.
  const contents = { checked: new Map<Schema, Content>(), plain: new Map<Schema, Content>() }
  const underWay = new Set<Schema>()
  // Completed when everything around them is made, which may be what stands in them, too.
  const incomplete: { readonly name: string | undefined; readonly recursive: RecursiveContent }[] = []
  let writesInstance = false

  const compilation: Compilation = {
    contractNamespace,
    prefixOf(namespace) {
      let known = prefixes.get(namespace)
      if (!known) {
        const prefix = letters[prefixes.size] ?? `n${prefixes.size}`
        known = { prefix, namespace: dictionaryString(namespace), text: namespace }
        prefixes.set(namespace, known)
      }
      return known
    },
    slotOf(of, isChecked) {
      const { schema, ...surroundings } = surroundingsOf(of, isChecked)
      // What may be anything is nullable.
      writesInstance ||= surroundings.isNullable || helperInfo(schema).knownTypes !== undefined
      const isInnerChecked = isChecked || surroundings.check !== undefined
      return { ...surroundings, content: compilation.contentOf(schema, isInnerChecked) }
    },
    contentOf(of, isChecked) {
      const schema = of as Schema
      const made = contents[isChecked ? 'checked' : 'plain']
      const known = made.get(schema)
      if (known) return known
      const recursive = recursiveContent(schema, isChecked)
      if (recursive) {
        made.set(schema, recursive.content)
        incomplete.push({ name: contractInfo(schema).name, recursive })
        return recursive.content
      }
      if (underWay.has(schema)) throw new ContractError('a list or dictionary of itself has no data contract')
      underWay.add(schema)
      const content = plainContent(schema, compilation, isChecked)
      underWay.delete(schema)
      made.set(schema, content)
      return content
    },
  }

  function recursiveContent(schema: Schema, isChecked: boolean): RecursiveContent | undefined {
    const { knownTypes } = helperInfo(schema)
    if (knownTypes) return knownTypesContent(knownTypes, compilation, isChecked)
    return schema._zod.def.type === 'object'
      ? objectContent(schema as z.core.$ZodObject, compilation, isChecked)
      : undefined
  }

  const slot = compilation.slotOf(schema, false)
  for (let next = incomplete.shift(); next; next = incomplete.shift()) {
    try {
      next.recursive.complete()
    } catch (error) {
      throw next.name === undefined ? error : within(error, next.name)
    }
  }
  return { slot, writesInstance }
}
