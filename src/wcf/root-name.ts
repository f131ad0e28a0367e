/** The name of the element that a value is when it stands for itself, as the detail of a fault does. */
import type { z } from 'zod'
import { compile } from './compilation.ts'
import { ContractError } from './contract-error.ts'
import { type QualifiedName, schemaNamespace, serializationNamespace } from './contract-names.ts'
import { nameOf } from './slot.ts'

/** Undefined for a schema that has no name. */
export function rootNameOf(schema: z.ZodType, contractNamespace: string): QualifiedName | undefined {
  try {
    const { name, namespace } = nameOf(compile(schema, contractNamespace).slot)
    // Types of XML Schema lie in .NET's own namespace when they are an element.
    return { name, namespace: namespace === schemaNamespace ? serializationNamespace : namespace }
  } catch (error) {
    if (error instanceof ContractError) return undefined
    throw error
  }
}
