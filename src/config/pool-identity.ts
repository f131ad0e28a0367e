/** Checks that a pool says who its worker processes are: userName goes with SpecificUser, and with nothing else. */
import { isAccountName } from './account-values.ts'
import { childrenNamed } from './names.ts'
import type { Pool } from './pool.ts'
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

/** Values of a pool or of applicationPoolDefaults, and the element that they were read from. */
export interface Described {
  readonly element: XmlElement | undefined
  readonly processModel: Pool['processModel']
}

/** A pool may inherit the user, the type, or both; what is wrong in the defaults is told once, however many inherit it. */
export function checkIdentities(pools: readonly Described[], defaults: Described, report: Report): void {
  const common = processModelOf(defaults.element)
  const told = new Set<XmlElement>()
  let commonIsUsed = defaults.processModel.identityType === 'SpecificUser'
  for (const { element, processModel } of pools) {
    const own = processModelOf(element)
    const named = own?.attributes.has('userName') ? own : common
    if (processModel.identityType !== 'SpecificUser') {
      noticeUnused(own, processModel, report)
      continue
    }
    if (named === common) commonIsUsed = true
    if (isAccountName(processModel.userName)) continue
    // Without a name anywhere, the mistake is where somebody asked for one.
    const asked = [own, common].find((candidate) => candidate?.attributes.has('identityType'))
    const lacking = named === common && processModel.userName === ''
    const at = lacking ? asked : named
    if (at === undefined || told.has(at)) continue
    told.add(at)
    if (lacking) report.problem(at, lacks, findingOf(at, 'identityType'))
    else report.problem(at, wrongName(processModel.userName), findingOf(at, 'userName'))
  }
  if (!commonIsUsed) noticeUnused(common, defaults.processModel, report)
}

const lacks = 'needs userName, the name of the Unix user that the worker processes run as'

function wrongName(userName: string): string {
  const must = 'must be the name of a Unix user, because identityType is SpecificUser'
  return userName.includes('\\')
    ? `${must}; accounts of Windows do not exist here`
    : `${must}, without blanks, %, : and ,`
}

function noticeUnused(element: XmlElement | undefined, { identityType }: Pool['processModel'], report: Report): void {
  if (!element?.attributes.get('userName')) return
  const why = `has no effect: identityType is ${identityType}, and only SpecificUser uses it`
  report.notice(element, 'noEffect', findingOf(element, 'userName'), why)
}

function processModelOf(element: XmlElement | undefined): XmlElement | undefined {
  return element && childrenNamed(element, 'processModel')[0]
}

function findingOf(element: XmlElement, attribute: string) {
  const value = element.attributes.get(attribute)
  return value === undefined ? { attribute } : { attribute, value }
}
