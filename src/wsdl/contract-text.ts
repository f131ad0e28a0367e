/** The declaration of a service contract in TypeScript, of what a service publishes about itself. */
import { ContractTypes } from './contract-types.ts'
import type { Documents } from './documents.ts'
import { literal } from './names.ts'
import { Operations } from './operations.ts'
import { Schemas } from './schemas.ts'
import { type Scoped, wsdl } from './scoped-xml.ts'

interface PortType {
  readonly namespace: string
  readonly name: string
  readonly element: Scoped
}

export function portTypesOf({ definitions }: Documents): readonly PortType[] {
  return definitions.flatMap((each) =>
    each.all(wsdl, 'portType').map((element) => ({
      namespace: each.attribute('targetNamespace') ?? '',
      name: element.required('name'),
      element,
    })),
  )
}

/** An entry module that is whole but for what its operations do. Throws WSDL_INVALID. */
export function contractText(documents: Documents, { namespace, name, element }: PortType): string {
  const schemas = new Schemas(documents.schemas)
  const types = new ContractTypes(schemas)
  const operations = new Operations(schemas, types, { namespace, name }, documents.definitions)
  const all = element.all(wsdl, 'operation')
  const textOf = (each: Scoped) => indent(operations.text(each), 4)
  const own = all.filter((each) => !operations.isCallback(each)).map(textOf)
  const callbacks = all.filter((each) => operations.isCallback(each)).map(textOf)
  const imports = [...types.helpers, 'wcf', 'z'].toSorted((a, b) => a.localeCompare(b))
  const parts = [
    `import { ${imports.join(', ')} } from 'portico/wcf'`,
    ...types.declarations,
    [
      'export default wcf({',
      `  namespace: ${literal(namespace)},`,
      `  name: ${literal(name)},`,
      ...(callbacks.length === 0 ? [] : ['  callbacks: {', ...callbacks, '  },']),
      '  operations: {',
      ...own,
      '  },',
      '})',
    ].join('\n'),
  ]
  return `${parts.join('\n\n')}\n`
}

function indent(text: string, by: number): string {
  return text.replace(/^/gm, ' '.repeat(by))
}
