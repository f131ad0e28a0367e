/** Which service of an application a URL means, and with which binding settings, by its web.config and .svc files. */
import type { ApplicationAnswer } from '#admin/explanation.ts'
import { PorticoError } from '#base/errors.ts'
import { settingText } from '#binding/rule.ts'
import { bindingProperties } from '#binding/settings.ts'
import { serviceFilesIn } from '#config/service-files.ts'
import { type ApplicationServices, readServices } from '#config/services.ts'
import { longestAbove } from '#framing/path-segments.ts'
import { parseVia } from '#framing/via.ts'
import { listening, serviceAt, serviceKey, servicePath, settingsOf } from '#worker-host/service-endpoints.ts'

/** Lines for a person, and whether a service answers; no lines for an application that has no services of its own. */
export interface ServiceExplanation {
  readonly lines: readonly string[]
  readonly answers: boolean
}

/** Reads the files with the rights of whoever asks: the application's folder is not Portico's to read. */
export async function explainService(url: string, answer: ApplicationAnswer): Promise<ServiceExplanation> {
  const files = await serviceFilesIn(answer.folder)
  if (files.webConfig === undefined && files.serviceFiles.length === 0) return { lines: [], answers: true }
  try {
    return explained(parseVia(url)?.path ?? '/', answer, await readServices(answer.folder))
  } catch (error) {
    if (!(error instanceof PorticoError)) throw error
    return { lines: [`  NOT ANSWERED (${error.reply}): ${error.message}`, `    ${error.remedy}`], answers: false }
  }
}

function explained(viaPath: string, { path, bases }: ApplicationAnswer, { services, own }: ApplicationServices) {
  const named = new Map(services.map((service) => [serviceKey(service.path), service]))
  const service = serviceAt(named, viaPath, path)
  if (services.length > 0 && !service) {
    const known = services.map((each) => servicePath(path, each.path)).join(', ')
    return {
      lines: [`  NOT ANSWERED (EndpointNotFound): no service is at ${viaPath}; there are ${known}`],
      answers: false,
    }
  }
  if (service?.problem) throw service.problem
  const at = service ? servicePath(path, service.path) : path
  const endpoints = (service?.endpoints ?? own).map((endpoint) => listening(endpoint, at, { path, bases }))
  const found = longestAbove(endpoints, (each) => each.path, viaPath)
  const lines = service
    ? [`  service   ${at}, ${service.name ?? service.factory}, defined in ${service.definedAt}`]
    : []
  if (!found) {
    const where = endpoints.map((each) => each.path).join(', ') || 'none over net.tcp'
    return { lines: [...lines, `  NOT ANSWERED (EndpointNotFound): its endpoints are ${where}`], answers: false }
  }
  const { endpoint, settings, setAt } = settingsOf(found)
  const values = bindingProperties.map(
    (name) => `${name} ${settingText(name, settings[name])}${setAt[name] ? `, ${setAt[name]}` : ''}`,
  )
  return { lines: [...lines, `  ${endpoint}`, ...values.map((value) => `    ${value}`)], answers: true }
}
