/** A service as a file of TypeScript: its data contracts, then the service with operations that are still to be written. */
import { clrNamespace } from '#wcf/contract-names.ts'
import { defaultNamespace } from '#wcf/service-contract.ts'
import { type DeclarationsFile, declarationText, valueDeclaration } from './declaration-text.ts'
import { type Declaration, Declarations, derivedFrom } from './declarations.ts'
import { Identifiers, quoted } from './identifiers.ts'
import { laidOut, object } from './layout.ts'
import type { ContractType, Place, ServiceModel, Type } from './model.ts'
import { operationText } from './operation-text.ts'

/** What portico/wcf exports, in the order in which Biome sorts imports. */
const exported = [
  'byte',
  'bytes',
  'char',
  'contract',
  'dateTimeOffset',
  'decimal',
  'double',
  'duration',
  'enumeration',
  'flags',
  'float',
  'knownTypes',
  'sbyte',
  'short',
  'stream',
  'uri',
  'ushort',
  'WcfFault',
  'wcf',
  'z',
] as const

/** `from`: the file that it is made of, for who reads it. */
export function serviceFile(service: ServiceModel, from: string): string {
  const text = new FileText(service)
  const body = text.body()
  const names = exported.filter((each) => text.used.has(each))
  const oneLine = `import { ${names.join(', ')} } from 'portico/wcf'`
  const line =
    oneLine.length <= 120 ? oneLine : `import {\n${names.map((each) => `  ${each},\n`).join('')}} from 'portico/wcf'`
  const head = `/** The service ${service.name}, declared from ${from} by portico contract. Its operations are to be written. */`
  return `${head.replaceAll(/[\r\n]|\*\/(?=.)/g, ' ')}\n${line}\n\n${body}`
}

class FileText implements DeclarationsFile {
  readonly used = new Set<string>(['wcf'])
  readonly #service: ServiceModel
  readonly #declarations = new Declarations()
  readonly #identifiers = new Identifiers(exported)
  readonly #names = new Map<Declaration, string>()
  readonly #valueNames = new Map<Declaration, string>()
  readonly #places = new Map<Declaration, number>()
  readonly #namespaces = new Map<string, string>()

  constructor(service: ServiceModel) {
    this.#service = service
  }

  body(): string {
    const { declarations, recursive } = this.#declarations.order(this.#service)
    this.#nameNamespaces(declarations)
    for (const [index, each] of declarations.entries()) {
      this.#places.set(each, index)
      this.#names.set(each, this.#identifiers.of(each.is === 'family' ? `Any${each.of.name.name}` : each.name.name))
    }
    for (const each of declarations) {
      if (!recursive.has(each) || (each.is !== 'contract' && each.is !== 'family')) continue
      this.#valueNames.set(each, this.#identifiers.of(`${this.nameOf(each)}Value`))
    }
    const texts = declarations.map((each) => {
      const name = this.nameOf(each)
      return `${this.#valueText(each)}const ${name} = ${laidOut(declarationText(each, this))}\n`
    })
    const service = `export default wcf(${laidOut(this.#serviceText())})\n`
    const constants = [...this.#namespaces].map(([namespace, name]) => `const ${name} = ${quoted(namespace)}\n`)
    const types = this.#valueNames.size > 0 ? [schemaOf] : []
    if (types.length > 0) this.use('z')
    return [...(constants.length > 0 ? [constants.join('')] : []), ...types, ...texts, service].join('\n')
  }

  declared(type: Type): { readonly name: string; readonly declaration: Declaration } | undefined {
    const declaration = this.#declarations.of(type)
    return declaration && { name: this.nameOf(declaration), declaration }
  }

  nameOf(declaration: Declaration): string {
    return this.#names.get(declaration) ?? ''
  }

  valueName(declaration: Declaration): string | undefined {
    return this.#valueNames.get(declaration)
  }

  use(helper: string): void {
    this.used.add(helper)
  }

  namespace(namespace: string): string {
    return this.#namespaces.get(namespace) ?? quoted(namespace)
  }

  isLater({ type }: Place, of: Declaration): boolean {
    const declaration = this.#declarations.of(type)
    if (declaration) return (this.#places.get(declaration) ?? 0) >= (this.#places.get(of) ?? 0)
    if (type.is === 'list') return this.isLater(type.item, of)
    return type.is === 'dictionary' && (this.isLater(type.key, of) || this.isLater(type.value, of))
  }

  /** A constant for each: `namespace` for the only one. */
  #nameNamespaces(declarations: readonly Declaration[]): void {
    const all = new Set<string>()
    for (const each of declarations) {
      const own = each.is === 'list' || each.is === 'dictionary' ? each.own?.namespace : undefined
      if (each.is === 'family') continue
      all.add(own ?? each.name.namespace)
    }
    for (const each of all) {
      this.#namespaces.set(each, this.#identifiers.of(all.size === 1 ? 'namespace' : constantName(each)))
    }
  }

  #valueText(declaration: Declaration): string {
    const name = this.valueName(declaration)
    if (name === undefined) return ''
    if (declaration.is === 'contract') return `${valueDeclaration(declaration, name, this)}\n`
    return declaration.is === 'family' ? `${this.#familyValue(declaration.of, name)}\n` : ''
  }

  #familyValue(of: ContractType, name: string): string {
    const valuesOf = (each: ContractType) => this.valueName(each) ?? `z.infer<typeof ${this.nameOf(each)}>`
    const members = derivedFrom(of).map((each) => `(${valuesOf(each)} & { $type: ${quoted(each.name.name)} })`)
    const all = [...members, `(${valuesOf(of)} & { $type?: ${quoted(of.name.name)} | undefined })`]
    const line = `type ${name} = ${all.join(' | ')}`
    return line.length <= 120 ? line : `type ${name} =\n${all.map((each) => `  | ${each}`).join('\n')}`
  }

  #serviceText() {
    const { name, namespace, operations, callbacks } = this.#service
    return object(
      [
        ...(namespace === defaultNamespace ? [] : [`namespace: ${quoted(namespace)}`]),
        `name: ${quoted(name)}`,
        ...(callbacks.length === 0
          ? []
          : [
              [
                'callbacks: ',
                object(
                  callbacks.map((each) => operationText(each, this, true)),
                  true,
                ),
              ],
            ]),
        [
          'operations: ',
          object(
            operations.map((each) => operationText(each, this, false)),
            true,
          ),
        ],
      ],
      true,
    )
  }
}

const schemaOf = `/** The schema of a contract that contains itself: TypeScript must be told what its values are. */
type SchemaOf<Value> = z.ZodType<Value, Value>
`

/** From the last word of a namespace. */
function constantName(namespace: string): string {
  const words = namespace.replace(clrNamespace(''), '').match(/[A-Za-z][A-Za-z0-9]*/g) ?? []
  const last = words.at(-1) ?? 'data'
  return `${last.charAt(0).toLowerCase()}${last.slice(1)}Namespace`
}
