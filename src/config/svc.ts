/** Reads a .svc file: which service it stands for. */
import { nearest } from './nearest.ts'
import { type Directive, type DirectiveAttribute, directivesIn, quoted, type SvcProblem } from './svc-directives.ts'

/** What a .svc file says. One of `service` and `factory` is there. */
export interface Svc {
  readonly service: string | undefined
  readonly factory: string | undefined
  /** What it says that has no effect. */
  readonly notices: readonly { readonly line: number; readonly text: string }[]
}

/** What a directive allows. */
interface Form {
  readonly name: string
  readonly once: boolean
  /** Of each attribute, what a value must be; undefined when every text will do. */
  readonly attributes: Readonly<Record<string, { readonly must: string; fits(value: string): boolean } | undefined>>
  /** Attributes of which one is needed. */
  readonly oneOf: readonly [string, string]
  /** Whether both of these exclude each other. */
  readonly exclusive: boolean
}

const forms: readonly Form[] = [
  {
    name: 'ServiceHost',
    once: true,
    attributes: {
      Service: undefined,
      Factory: undefined,
      Language: undefined,
      Debug: { must: 'must be true or false', fits: (value) => /^(?:true|false)$/i.test(value.trim()) },
      CodeBehind: undefined,
      compilerOptions: undefined,
      warningLevel: { must: 'must be a whole number from 0 on', fits: (value) => /^\s*\d{1,10}\s*$/.test(value) },
    },
    oneOf: ['Service', 'Factory'],
    exclusive: false,
  },
  {
    name: 'Assembly',
    once: false,
    attributes: { Name: undefined, Src: undefined },
    oneOf: ['Name', 'Src'],
    exclusive: true,
  },
]

/** What the text says, or the first thing that is wrong with it. */
export function parseSvc(text: string): Svc | SvcProblem {
  const read = directivesIn(text)
  if ('wrong' in read) return read
  const seen = new Map<string, Directive>()
  for (const directive of read.directives) {
    const wrong = wrongIn(directive, seen)
    if (wrong) return wrong
  }
  const host = seen.get('ServiceHost')
  if (host === undefined) {
    return { line: read.codeAt ?? 1, wrong: 'needs a directive <%@ ServiceHost Service="…" %> before anything else' }
  }
  const assemblies = read.directives.filter((directive) => directive !== host)
  const notices = assemblies.map(({ line }) => ({
    line,
    text: '<%@ Assembly %> is accepted but has no meaning on Linux',
  }))
  const code = 'code is accepted but is not compiled: the service is what the entry module of the application exports'
  if (read.codeAt !== undefined) notices.push({ line: read.codeAt, text: code })
  return { service: valueIn(host, 'Service'), factory: valueIn(host, 'Factory'), notices }
}

function wrongIn(directive: Directive, seen: Map<string, Directive>): SvcProblem | undefined {
  const { line } = directive
  const form = forms.find(({ name }) => isSame(name, directive.name))
  if (form === undefined) {
    const known = forms.map(({ name }) => name)
    return { line, wrong: `has an unknown directive ${directive.name}; ${suggestionFor(directive.name, known)}` }
  }
  const before = seen.get(form.name)
  if (before && form.once) {
    return { line, wrong: `has the directive ${form.name} twice; the first is in line ${before.line}` }
  }
  seen.set(form.name, directive)
  const names = new Set<string>()
  for (const attribute of directive.attributes) {
    const wrong = wrongWith(attribute, names, form)
    if (wrong) return wrong
  }
  const written = form.oneOf.filter((name) => valueIn(directive, name) !== undefined)
  const [one, other] = form.oneOf
  if (written.length === 0)
    return { line, wrong: `needs the attribute ${one} or ${other} in the directive ${form.name}` }
  if (written.length === 2 && form.exclusive)
    return { line, wrong: `has ${one} and ${other} in one directive ${form.name}; they exclude each other` }
  return undefined
}

/** `names` are those of the attributes before it, in the spelling of the form. */
function wrongWith(attribute: DirectiveAttribute, names: Set<string>, form: Form): SvcProblem | undefined {
  const { line, value } = attribute
  const known = Object.keys(form.attributes)
  const name = known.find((each) => isSame(each, attribute.name))
  if (name === undefined) {
    const hint = suggestionFor(attribute.name, known)
    return { line, wrong: `has an unknown attribute ${attribute.name} in the directive ${form.name}; ${hint}` }
  }
  if (names.has(name)) return { line, wrong: `has the attribute ${name} twice in the directive ${form.name}` }
  names.add(name)
  const rule = form.attributes[name]
  return rule && !rule.fits(value)
    ? { line, wrong: `has ${quoted(value)} as ${name} in the directive ${form.name}; it ${rule.must}` }
    : undefined
}

function suggestionFor(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`
}

/** An empty value is none. */
function valueIn({ attributes }: Directive, name: string): string | undefined {
  return attributes.find((each) => isSame(each.name, name))?.value.trim() || undefined
}

/** Names in .svc files are compared ignoring case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
