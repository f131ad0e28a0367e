/** Folders of applications for tests: written to a folder of their own, read, and removed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isPorticoError } from '#base/errors.ts'
import type { Problem } from '#config/configuration.ts'
import { type ApplicationServices, readServices, type TcpTransport } from '#config/services.ts'

/** Contents by paths below the folder; undefined makes a folder. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>

export async function inFolder<T>(files: Files, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portico-services-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(content === undefined ? join(folder, path) : dirname(join(folder, path)), { recursive: true })
      if (content !== undefined) await writeFile(join(folder, path), content)
    }
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What the files say; places in it begin with a `/` in place of the folder. */
export async function servicesOf(files: Files): Promise<ApplicationServices> {
  return inFolder(files, async (folder) => withoutFolder(await readServices(folder), folder))
}

/** The problems of files that must be refused. */
export async function problemsOf(files: Files): Promise<readonly (Problem & { readonly text: string })[]> {
  return inFolder(files, async (folder) => {
    const thrown = await readServices(folder).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!isPorticoError(thrown, 'CONFIG_INVALID')) throw new Error('the files were not refused', { cause: thrown })
    const { problems, details = [] } = thrown.args
    const all = details.map((problem, index) => ({ ...problem, text: problems[index] ?? '' }))
    return withoutFolder(all, folder)
  })
}

/** A web.config whose third line holds `inside`. */
export function webConfig(inside: string): string {
  return `<configuration>\n<system.serviceModel>\n${inside}\n</system.serviceModel>\n</configuration>`
}

/** What configurations of netTcpBinding or customBinding set for an endpoint that uses the one named x. */
export async function transportOf(binding: 'netTcpBinding' | 'customBinding', written: string): Promise<TcpTransport> {
  const { own } = await servicesOf({ 'web.config': webConfig(used(binding, written)) })
  const transport = own[0]?.transport
  if (transport === undefined) throw new Error('there is no endpoint over net.tcp')
  return transport
}

/** A binding section in the third line, and in the fourth a service with an endpoint that uses the configuration x. */
export function used(binding: string, written: string): string {
  const endpoint = `<endpoint binding="${binding}" bindingConfiguration="x" contract="I"/>`
  return `<bindings><${binding}>${written}</${binding}></bindings>\n<services><service name="S">${endpoint}</service></services>`
}

/** A customBinding x with a tcpTransport. */
export function tcp(attributes: string, inside = ''): string {
  return `<binding name="x"><tcpTransport ${attributes}>${inside}</tcpTransport></binding>`
}

/** A service with these endpoints, in one line. */
export function service(endpoints: string, name = 'S'): string {
  return `<services><service name="${name}">${endpoints}</service></services>`
}

function withoutFolder<T>(value: T, folder: string): T {
  const shortened = (text: unknown): unknown => (typeof text === 'string' ? text.replaceAll(folder, '') : text)
  const walk = (each: unknown): unknown => {
    if (each instanceof Error || typeof each !== 'object' || each === null) return shortened(each)
    if (Array.isArray(each)) return each.map(walk)
    return Object.fromEntries(Object.entries(each).map(([key, part]) => [key, walk(part)]))
  }
  return walk(value) as T
}
