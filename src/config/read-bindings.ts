/** Reads the `<bindings>` of a site, or of siteDefaults. */
import { type Binding, parseBinding } from './binding.ts'
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

/** A binding as it is written, before its information is understood. */
interface WrittenBinding {
  readonly protocol: string
  readonly bindingInformation: string
}

/** Protocols whose bindings do nothing yet; others than these and net.tcp have no listener on Linux. */
const planned = new Set(['http', 'https'])

/** The bindings that the collection came to; those that can't be understood are left to `checkBindings`. */
export function bindingsOf(written: readonly WrittenBinding[]): readonly Binding[] {
  const read = written.map(({ protocol, bindingInformation }) => parseBinding(protocol ?? '', bindingInformation ?? ''))
  return Object.freeze(read.filter((binding) => 'mode' in binding).map((binding) => Object.freeze(binding)))
}

/** Reports the bindings written in `owner` (a site, or siteDefaults) that are wrong, and those without effect. */
export function checkBindings(owner: XmlElement | undefined, report: Report): void {
  const elements = owner?.children.filter((child) => child.name === 'bindings').flatMap((child) => child.children) ?? []
  for (const element of elements) {
    const protocol = element.attributes.get('protocol')
    const value = element.attributes.get('bindingInformation')
    if (element.name !== 'binding' || protocol === undefined || value === undefined) continue
    const binding = parseBinding(protocol, value)
    if ('wrong' in binding) report.problem(element, binding.wrong, { attribute: 'bindingInformation', value })
    else if (binding.protocol !== 'net.tcp') {
      const kind = planned.has(binding.protocol) ? 'notInForceYet' : 'notOnLinux'
      report.notice(element, kind, { attribute: 'protocol', value: protocol })
    }
  }
}
