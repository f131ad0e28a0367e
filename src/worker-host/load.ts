/** Finds and loads the entry module of an application. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { firstClosed } from '#base/first-closed.js'
import type { Application } from './application.ts'
import { offerPorticoModules } from './portico-modules.ts'

const entryNames = ['index.ts', 'index.js', 'index.mjs'] as const

/** The default export of the folder's entry module. Throws with a sentence that says what is wrong with it. */
export async function load(folder: string): Promise<Application> {
  assertOpen(folder)
  const entry = entryOf(folder)
  assertOpen(entry)
  offerPorticoModules()
  const loaded: { default?: unknown } = await import(pathToFileURL(entry).href)
  const application = unwrap(loaded.default)
  if (!isApplication(application))
    throw new Error(
      `${entry} must export by default an object with a function connection or a function session, or with services that have one`,
    )
  return application
}

/** What is closed to the account of this process would only look as if it were missing. */
function assertOpen(path: string): void {
  const closed = firstClosed(path)
  if (closed === undefined) return
  const account = `uid ${process.getuid?.()}, groups ${[process.getgid?.(), ...(process.getgroups?.() ?? [])].join(', ')}`
  throw new Error(
    `the account of this worker process (${account}) can't read ${path}: ${closed} does not let it through; ` +
      `portico identity shows the account of a pool, and chown, chmod or setfacl let it in`,
  )
}

/** The entry module: `main` of package.json, else the first of index.ts, index.js, index.mjs. */
function entryOf(folder: string): string {
  if (!existsSync(folder)) throw new Error(`the folder ${folder} does not exist`)
  const main = mainOf(join(folder, 'package.json'))
  if (main !== undefined) {
    const entry = join(folder, main)
    if (isFile(entry)) return entry
    throw new Error(`package.json in ${folder} names ${main} as main, and there is no such file`)
  }
  const entry = entryNames.map((name) => join(folder, name)).find(isFile)
  if (entry === undefined)
    throw new Error(`there is no entry module in ${folder}: neither main in package.json nor ${entryNames.join(', ')}`)
  return entry
}

function mainOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`${file} can't be read as JSON`, { cause })
  }
  const main = typeof json === 'object' && json !== null && 'main' in json ? json.main : undefined
  return typeof main === 'string' ? main : undefined
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** A module that was compiled to CommonJS keeps its default export one level deeper. */
function unwrap(value: unknown): unknown {
  if (isApplication(value) || typeof value !== 'object' || value === null) return value
  return 'default' in value ? value.default : value
}

function isApplication(value: unknown): value is Application {
  if (typeof value !== 'object' || value === null) return false
  return isService(value) || ('services' in value && hasServices(value.services))
}

function hasServices(services: unknown): boolean {
  if (typeof services !== 'object' || services === null) return false
  const all: unknown[] = Object.values(services)
  return all.length > 0 && all.every((service) => typeof service === 'object' && service !== null && isService(service))
}

function isService(value: object): boolean {
  return ('connection' in value && isFunction(value.connection)) || ('session' in value && isFunction(value.session))
}

const isFunction = (value: unknown) => typeof value === 'function'
