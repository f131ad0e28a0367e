/**
 * Links modules of Portico's own into one file: Node takes as long to find and read 55 modules as to do everything else in a
 * worker process. For sources as the formatter leaves them: imports and exports by name, at the beginning of a line.
 */
import { readFileSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A module as a function that takes what it imports from others, and gives what it exports. */
interface Linked {
  readonly name: string
  readonly url: string
  readonly body: string
  /** What it exports, by what is in it or in another. */
  readonly exports: ReadonlyMap<string, string>
}

export interface LinkedModules {
  /** The text of the file; it exports what its first module does. */
  readonly text: string
  /** The files that are in it. */
  readonly sources: readonly string[]
}

const importOf =
  /^import\s+(?:(?<all>\*\s+as\s+\w+|\w+)?\s*,?\s*(?:\{(?<names>[^}]*)\})?\s*from\s+)?'(?<from>[^']+)';?/gm
const reexportOf = /^export\s+\{(?<names>[^}]*)\}\s*from\s+'(?<from>[^']+)';?/gm
const exportOf = /^export\s+(?<what>(?:async\s+)?function\*?|class|const)\s+(?<name>\w+)/gm
/** What is left of `export` then can't be linked. */
const otherExport = /^export\b.*/m
const lazyImport = /\bimport\('(?<from>[^']+)'\)/g

/** Throws what is in the way: a circle, or a way of importing or exporting that the sources don't use. */
export function linkModules(entry: string): LinkedModules {
  const linked = new Map<string, Linked>()
  const external = new Map([
    ['node:url', 'external0'],
    ['node:module', 'external1'],
  ])
  const underWay = new Set<string>()

  const externalName = (specifier: string) => {
    const known = external.get(specifier)
    if (known) return known
    const name = `external${external.size}`
    external.set(specifier, name)
    return name
  }

  const link = (file: string): Linked => {
    const known = linked.get(file)
    if (known) return known
    if (underWay.has(file)) throw new Error(`${file} imports itself through others`)
    underWay.add(file)
    const url = pathToFileURL(file).href
    const { resolve } = createRequire(url)
    const source = (specifier: string): string => {
      if (!/^[#.]/.test(specifier)) return externalName(specifier)
      const found = resolve(specifier)
      // What is JavaScript is shared with the code that runs before.
      return found.endsWith('.ts') ? link(found).name : externalName(pathToFileURL(found).href)
    }
    const exports = new Map<string, string>()
    const body = module
      .stripTypeScriptTypes(readFileSync(file, 'utf8'))
      .replace(importOf, (_, all: string | undefined, names: string | undefined, from: string) => {
        const of = source(from)
        const isNamespace = all?.startsWith('*')
        const isWhole = isNamespace || from.startsWith('node:')
        const whole = all && `const ${all.replace(/^\*\s+as\s+/, '')} = ${isWhole ? of : `${of}.default`};`
        return [whole, names?.trim() && `const {${renamed(names)}} = ${of};`].filter(Boolean).join(' ')
      })
      .replace(reexportOf, (_, names: string, from: string) => {
        const of = source(from)
        for (const [name, as] of pairs(names)) exports.set(as, `${of}.${name}`)
        return ''
      })
      .replace(exportOf, (_, what: string, name: string) => {
        exports.set(name, name)
        return `${what} ${name}`
      })
      .replace(lazyImport, (whole, from: string) =>
        /^[#.]/.test(from) ? `import(${JSON.stringify(pathToFileURL(resolve(from)).href)})` : whole,
      )
    const other = otherExport.exec(body)
    if (other) throw new Error(`${file}: ${other[0]}`)
    const made: Linked = { name: `module${linked.size}`, url, body, exports }
    linked.set(file, made)
    return made
  }

  const first = link(entry)
  const text = [
    ...Array.from(external, ([specifier, name]) =>
      specifier.startsWith('node:')
        ? `const ${name} = process.getBuiltinModule('${specifier}')`
        : `import * as ${name} from ${JSON.stringify(specifier)}`,
    ),
    ...linked.values().map(asFunction),
    ...Array.from(first.exports.keys(), (name) => `export const { ${name} } = ${first.name}`),
    '',
  ].join('\n')
  return { text, sources: [...linked.keys()] }
}

/** The module's own place is where it came from. */
function asFunction({ name, url, body, exports }: Linked): string {
  const filename = fileURLToPath(url)
  const place = JSON.stringify({ url, filename, dirname: dirname(filename) })
  const resolve = `(specifier) => external0.pathToFileURL(external1.createRequire(${JSON.stringify(url)}).resolve(specifier)).href`
  const text = body.includes('import.meta')
    ? `const ${name}Meta = { ...${place}, resolve: ${resolve} };\n${body.replaceAll('import.meta', `${name}Meta`)}`
    : body
  return `const ${name} = (() => {\n${text}\nreturn { ${Array.from(exports, ([as, value]) => `${as}: ${value}`).join(', ')} }\n})()`
}

/** `a as b` for objects: `a: b`. */
const renamed = (names: string) =>
  pairs(names)
    .map(([name, as]) => (name === as ? name : `${name}: ${as}`))
    .join(', ')

function pairs(names: string): [name: string, as: string][] {
  const each = names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return each.map((text) => {
    const [name = '', as = name] = text.split(/\s+as\s+/)
    return [name, as]
  })
}
