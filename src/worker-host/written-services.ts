/** What the files of an application's folder say of its services; what reads them is loaded only where there are such files. */

import { serviceFilesIn } from '#config/service-files.ts'
import type { ApplicationServices } from '#config/services.ts'

/** So many notices are written to the log of the pool. */
const mostNotices = 20

/**
 * Undefined when the folder has neither web.config nor .svc files. Throws what is wrong with the web.config: file, line,
 * attribute, value, and what would be right.
 */
export async function writtenServices(folder: string): Promise<ApplicationServices | undefined> {
  const { webConfig, otherWebConfigs, serviceFiles } = await serviceFilesIn(folder)
  if (webConfig === undefined && otherWebConfigs.length === 0 && serviceFiles.length === 0) return undefined
  const { readServices } = await import('#config/services.ts')
  const services = await readServices(folder)
  for (const { text } of services.notices.slice(0, mostNotices)) process.stderr.write(`portico: ${text}\n`)
  return services
}
