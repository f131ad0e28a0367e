/** Operations as a file has them: what is declared, and a place for what is to be written. */
import { keyOf, quoted } from './identifiers.ts'
import { callWithObject, type Layout, object } from './layout.ts'
import type { Fault, NamedPlace, Operation } from './model.ts'
import { placeText, type Surroundings } from './schema-text.ts'

/** A stream of a message is called so unless said otherwise: `in` of a request, `out` of a reply. */
export function operationText(operation: Operation, file: Surroundings, isCallback: boolean): Layout {
  const { name, in: parameters, out, isOneWay, action, replyAction, faults } = operation
  const entries: Layout[] = []
  if (parameters.length > 0) entries.push(['in: ', parametersText(parameters, file)])
  if (out) entries.push(['out: ', placeText(out, file, outName(operation))])
  if (isOneWay) entries.push('oneWay: true')
  if (action !== undefined) entries.push(`action: ${quoted(action)}`)
  if (replyAction !== undefined) entries.push(`replyAction: ${quoted(replyAction)}`)
  if (faults.length > 0) entries.push(['faults: ', object(faults.map((each) => faultText(each, file)))])
  if (!isCallback) entries.push(stub(name, file))
  return [keyOf(name), ': ', object(entries, !isCallback)]
}

function parametersText(parameters: readonly NamedPlace[], file: Surroundings): Layout {
  const [only] = parameters
  if (only?.type.is === 'stream') return placeText(stream(only), file, only.name)
  return object(parameters.map((each) => [keyOf(each.name), ': ', placeText(each, file)]))
}

const stream = (place: NamedPlace): NamedPlace => ({ ...place, isNullable: false, isOptional: false })

function outName({ name, out }: Operation): string | undefined {
  const written = out as NamedPlace | undefined
  return written?.type.is === 'stream' && written.name !== `${name}Result` ? written.name : undefined
}

function faultText({ key, detail, differs }: Fault, file: Surroundings): Layout {
  const schema = placeText(detail, file)
  const others = Object.entries(differs).map(([name, value]) =>
    name === 'namespace' ? `namespace: ${file.namespace(value)}` : `${name}: ${quoted(value)}`,
  )
  if (others.length > 0) return [keyOf(key), ': ', object([['detail: ', schema], ...others])]
  return schema === keyOf(key) ? schema : [keyOf(key), ': ', schema]
}

function stub(name: string, file: Surroundings): Layout {
  file.use('WcfFault')
  const error = callWithObject('new WcfFault', [], [`reason: ${quoted(`${name} is not implemented yet`)}`])
  return [
    'run() ',
    { group: ['{', { indented: [{ line: ' ' }, 'throw ', error] }, { line: ' ' }, '}'], mustBreak: true },
  ]
}
