/** The reference of the configuration files, as Markdown, from the schemas that read them. */
import { z } from 'zod'
import { customBindings, stackElements } from './custom-binding.ts'
import { hostElement } from './host.ts'
import { hostingEnvironmentElement, serviceActivations, transportTypeElement } from './hosting-environment.ts'
import { netTcpBindings } from './net-tcp-binding.ts'
import { PoolDefaults, PoolSchema } from './pool.ts'
import { porticoElement } from './portico.ts'
import { PorticoPoolDefaults, PorticoPoolSchema } from './portico-pools.ts'
import { attributes, collections, type Effect, elements } from './schema.ts'
import { endpointElement, hostElement as serviceHostElement, services } from './service.ts'
import { activationElement } from './sharing.ts'
import {
  applicationDefaultsElement,
  applicationElement,
  siteDefaultsElement,
  siteElement,
  virtualDirectoryDefaultsElement,
  virtualDirectoryElement,
} from './site.ts'
import { kinds } from './values.ts'

interface Entry {
  readonly path: string
  readonly schema: z.ZodType
  /** The element whose attributes and children this one has too; they are not listed twice. */
  readonly like?: string
}

const pools = 'system.applicationHost/applicationPools'
const sites = 'system.applicationHost/sites'

const hostEntries: readonly Entry[] = [
  { path: `${pools}/add`, schema: PoolSchema },
  { path: `${pools}/applicationPoolDefaults`, schema: PoolDefaults, like: `${pools}/add, except name` },
  { path: `${sites}/site`, schema: siteElement },
  { path: `${sites}/siteDefaults`, schema: siteDefaultsElement, like: `${sites}/site, except name and id` },
  { path: `${sites}/site/application`, schema: applicationElement },
  {
    path: `${sites}/applicationDefaults, ${sites}/site/applicationDefaults`,
    schema: applicationDefaultsElement,
    like: `${sites}/site/application, except path`,
  },
  { path: `${sites}/site/application/virtualDirectory`, schema: virtualDirectoryElement },
  {
    path: 'virtualDirectoryDefaults in sites, site or application',
    schema: virtualDirectoryDefaultsElement,
    like: `${sites}/site/application/virtualDirectory, except path`,
  },
  { path: 'system.applicationHost', schema: hostElement },
  { path: 'portico', schema: porticoElement },
  { path: 'portico/pools/add', schema: PorticoPoolSchema },
  { path: 'portico/poolDefaults', schema: PorticoPoolDefaults, like: 'portico/pools/add, except name' },
]

const sharingEntries: readonly Entry[] = [{ path: 'system.serviceModel.activation', schema: activationElement }]

const model = 'system.serviceModel'
const stack = `${model}/bindings/customBinding/binding`

const webEntries: readonly Entry[] = [
  { path: `${model}/services`, schema: services },
  { path: `${model}/services/service/endpoint`, schema: endpointElement },
  { path: `${model}/services/service/host`, schema: serviceHostElement },
  { path: `${model}/bindings/netTcpBinding`, schema: netTcpBindings },
  { path: `${model}/bindings/customBinding`, schema: customBindings },
  ...Object.entries(stackElements).map(([name, schema]) => ({ path: `${stack}/${name}`, schema })),
  { path: `${model}/serviceHostingEnvironment`, schema: hostingEnvironmentElement },
  { path: `${model}/serviceHostingEnvironment/serviceActivations`, schema: serviceActivations },
  { path: `${model}/serviceHostingEnvironment/add`, schema: transportTypeElement },
]

const aboutWebConfig = `A file in the folder of an application, named in upper or lower case. It says which services the application has, and
how their endpoints over net.tcp are bound. It is read when the application loads; what is wrong in it keeps the application
from loading. Only the parts of \`system.serviceModel\` that are listed here are read: behaviors, clients, extensions, other bindings
and other sections are left to other programs. \`<location>\` counts when its path is that of the application (\`.\` or none). A
web.config in a folder below is not read, and neither are files that configSource names: that is refused.

An application without .svc files and without serviceActivations is one service at its own path, with the endpoints of all
service elements. Without any it has one endpoint there, over netTcpBinding.
`

const aboutServiceFiles = `Each .svc file in or below the folder of an application is a service at its path: \`orders.svc\` of \`/shop\` at \`/shop/orders.svc\`.
Not searched are \`node_modules\`, \`bin\`, \`obj\`, hidden folders, symbolic links to folders, folders more than 8 levels deep, and what is
left after 5000 entries; the last two are noticed.

The file begins with exactly one \`<%@ ServiceHost … %>\`, in which names are compared ignoring case. \`Service\` is the full name of the service; an
assembly behind a comma is dropped. \`Factory\` names what makes it; one of the two is needed. \`Language\`, \`Debug\`
(true, false), \`CodeBehind\`, \`compilerOptions\` and \`warningLevel\` (0 and more) are accepted. \`<%@ Assembly %>\` with either \`Name\` or \`Src\`
has no meaning on Linux, and code behind the directives is not compiled; both are noticed. What is wrong in the
file keeps only its own service from being activated. Two files whose paths differ only in case keep each other from it.
`

const introduction = `# Configuration

<!-- Written by src/main/generate-docs.ts from the schemas in src/config. Changes belong there. -->

Two files in the configuration folder, and a web.config and .svc files in the folder of an application. Names of elements and attributes are case-sensitive; values of the type enum, and
the names of pools and sites, are not. Times are written \`[d.]hh:mm:ss\`. An attribute or element that is not listed here is refused
inside these sections; sections of other products are ignored. All files are UTF-8, of at most 1 MiB, without DOCTYPE.

The column "Effect" says what a written value does: **in force**; **not yet**: checked and listed when Portico or the application starts,
nothing acts on it; **not on Linux**: likewise, and nothing ever will; **none**: likewise, because something else decides.

A collection takes entries over those that it inherits. \`<remove>\` and \`<clear/>\` work in the order in which they stand,
where the collection has them.
`

/** The whole page. */
export function configurationReference(): string {
  const parts = [
    introduction,
    '## applicationHost.config\n',
    ...hostEntries.flatMap(describeEntry),
    '## SMSvcHost.exe.config\n',
    'Without this file, or with an empty section, the defaults below apply. Files of the older generation, which write 10, 2, 10 and 00:00:10, are read as they are.\n',
    ...sharingEntries.flatMap(describeEntry),
    '## web.config\n',
    aboutWebConfig,
    ...webEntries.flatMap(describeEntry),
    '## .svc files\n',
    aboutServiceFiles,
  ]
  return `${parts.join('\n').trimEnd()}\n`
}

function describeEntry({ path, schema, like }: Entry): string[] {
  if (like === undefined) return describe(path, schema)
  return [`### ${path}\n`, `${elements.get(schema)?.means} Attributes and children: as ${like}.\n`]
}

/** The element and, after it, its children. What stands in an element without effect has none either. */
function describe(path: string, schema: z.ZodType, ofParent: Effect = 'inForce'): string[] {
  if (schema instanceof z.ZodArray) return describeCollection(path, schema, ofParent)
  if (!(schema instanceof z.ZodObject)) return []
  const meta = elements.get(schema)
  const parts = Object.entries(schema.shape as z.ZodRawShape) as [string, z.ZodType][]
  const effect = ofParent === 'inForce' ? (meta?.effect ?? 'inForce') : ofParent
  const rows = parts.filter(([, part]) => attributes.has(part)).map(([name, part]) => row(name, part, effect))
  const foreign = Object.entries(meta?.foreign ?? {}).map(
    ([name, means]) => `\`${name}\` (${means.replace(/\.$/, '')})`,
  )
  const ignored = foreign.length > 0 ? [`Accepted and not read, not on Linux: ${foreign.join('; ')}.\n`] : []
  const own = [`### ${path}\n`, `${meta?.means} ${effectOfElement(meta?.effect)}`.trimEnd().concat('\n'), ...ignored]
  const table = rows.length > 0 ? [alignedTable([columns, ...rows])] : []
  const children = parts.filter(([, part]) => !attributes.has(part))
  return [...own, ...table, ...children.flatMap(([name, part]) => describe(`${path}/${name}`, part, effect))]
}

function describeCollection(path: string, schema: z.ZodArray, ofParent: Effect): string[] {
  const meta = collections.get(schema)
  if (meta === undefined) return []
  const commands = [meta.item, ...(meta.remove ? ['remove'] : []), ...(meta.clear ? ['clear'] : [])]
  const listed = commands.map((name) => `\`<${name}>\``).join(', ')
  const key = meta.key.join(' and ')
  const unique = meta.oneOfKey ? `Each names exactly one of ${key}, and is unique by it.` : `Unique by ${key}.`
  const about = `${meta.means} Children: ${listed}. ${unique}\n`
  return [`### ${path}\n`, about, ...describe(`${path}/${meta.item}`, schema.element as z.ZodType, ofParent)]
}

const columns = ['Attribute', 'Type', 'Default', 'Values', 'Effect', 'Meaning']

const effects: Readonly<Record<Effect, string>> = {
  inForce: 'in force',
  notInForceYet: 'not yet',
  notOnLinux: 'not on Linux',
  noEffect: 'none',
}

function effectOfElement(effect: Effect = 'inForce'): string {
  return effect === 'inForce' ? '' : `Effect: **${effects[effect]}**.`
}

function row(name: string, schema: z.ZodType, ofElement: Effect = 'inForce'): string[] {
  const meta = attributes.get(schema)
  const kind = kinds.get(schema)
  const standard = meta?.default === undefined ? needed(schema) : meta.default === '' ? 'empty' : `\`${meta.default}\``
  const effect = effects[ofElement === 'inForce' ? (meta?.effect ?? 'inForce') : ofElement]
  const cells = [`\`${name}\``, kind?.type ?? '', standard, kind?.range ?? '', effect, meta?.means ?? '']
  return cells.map((cell) => cell.replaceAll('|', '\\|'))
}

/** What stands for the default of an attribute that has none. */
function needed(schema: z.ZodType): string {
  return schema instanceof z.ZodOptional ? 'one of these' : 'required'
}

/** Columns of equal width, as the formatter of this repository wants them. */
function alignedTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  return [line(head), line(rule), ...rows.map(line), ''].join('\n')
}
