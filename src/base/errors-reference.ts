/** The reference of all errors, made of the catalogue. */
import { type CatalogueEntry, type Code, catalogue, type Reply } from './catalogue.ts'

const replies: Readonly<Record<Reply, string>> = {
  EndpointNotFound: 'the fault `EndpointNotFound`',
  EndpointUnavailable: 'the fault `EndpointUnavailable`',
  ServiceActivationFailed: 'the fault `ServiceActivationFailed`',
  ConnectionDispatchFailed: 'the fault `ConnectionDispatchFailed`',
  ServerTooBusy: 'the fault `ServerTooBusy`',
  close: 'nothing: the connection is closed without a byte',
  none: 'nothing: no client waits when it happens',
}

/** The page docs/errors.md. */
export function errorsReference(): string {
  const codes = (Object.keys(catalogue) as Code[]).sort()
  return `# Errors

Every error of Portico has a code that stays the same, a sentence, and a remedy. The code is the key \`code\` of events in
\`portico.log\`. This page is made of the catalogue (\`src/base/catalogue.ts\`) by \`npx node src/main/generate-docs.ts\`.

${codes.map(section).join('\n')}`
}

function section(code: Code): string {
  const entry: CatalogueEntry = catalogue[code]
  return `## ${code}

> ${sample(entry).replaceAll('\n', '\n> ')}

${entry.remedy}

The client gets ${replies[entry.reply]}.
`
}

/** The sentence with the names of its arguments in their places. */
function sample(entry: CatalogueEntry): string {
  const says = entry.says as (args: unknown) => string
  const named = (name: string) => Object.assign([`‹${name}›`], { toString: () => `‹${name}›` })
  return says(new Proxy({}, { get: (_, name) => named(String(name)) }))
}
