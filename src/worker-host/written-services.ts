/** What the files of an application's folder say of its services; what reads them is loaded only when it is needed. */
import { serviceFilesIn } from '#config/service-files.ts'
import type { ApplicationServices } from '#config/services.ts'
import { ServicesCache } from './services-cache.ts'

/** So many notices are written to the log of the pool. */
const mostNotices = 20

/**
 * Undefined when the folder has neither web.config nor .svc files. Throws what is wrong with the web.config: file, line,
 * attribute, value, and what would be right. `cache` is a folder that belongs to the account of this process.
 */
export async function writtenServices(folder: string, cache?: string): Promise<ApplicationServices | undefined> {
  const files = await serviceFilesIn(folder)
  const { webConfig, otherWebConfigs, serviceFiles } = files
  if (webConfig === undefined && otherWebConfigs.length === 0 && serviceFiles.length === 0) return undefined
  const kept = cache === undefined ? undefined : new ServicesCache(cache, folder, files)
  const known = kept?.get()
  const services = known ?? (await read(folder))
  if (!known) kept?.set(services)
  for (const { text } of services.notices.slice(0, mostNotices)) process.stderr.write(`portico: ${text}\n`)
  return services
}

async function read(folder: string): Promise<ApplicationServices> {
  const { readServices } = await import('#config/services.ts')
  return await readServices(folder)
}
