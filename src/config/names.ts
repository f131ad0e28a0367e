/** Which names may stand in an element; what has another name is a problem that says which was meant. */
import { suggestion } from './nearest.ts'
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

/** Attributes of the IIS configuration system, allowed on every element: they keep other files from changing it. */
const locks = ['lockItem', 'lockAttributes', 'lockElements', 'lockAllAttributesExcept', 'lockAllElementsExcept']

/** The children by their names; those with another name are problems, foreign ones are noticed. */
export function childrenByName(
  element: XmlElement,
  known: readonly string[],
  report: Report,
  foreign: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, readonly XmlElement[]> {
  if (element.hasText) report.problem(element, 'holds a text; only elements are expected in it')
  const byName = new Map<string, XmlElement[]>()
  for (const child of element.children) {
    const same = byName.get(child.name)
    if (same) same.push(child)
    else byName.set(child.name, [child])
    if (known.includes(child.name)) continue
    if (Object.hasOwn(foreign, child.name)) report.notice(child, 'notOnLinux')
    else report.problem(child, `is not an element of ${element.name}; ${suggestion(child.name, known)}`)
  }
  return byName
}

export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name)
}

/** The one element of that name; further ones are problems. */
export function only(found: readonly XmlElement[] | undefined, report: Report): XmlElement | undefined {
  const [first, ...others] = found ?? []
  for (const other of others) report.problem(other, `stands here twice; the first is in line ${first?.line()}`)
  return first
}

export function reportUnknownAttributes(element: XmlElement, known: readonly string[], report: Report): void {
  for (const name of element.attributes.keys()) {
    if (known.includes(name) || name === 'xmlns' || name.startsWith('xmlns:')) continue
    if (locks.includes(name)) report.notice(element, 'notOnLinux', { attribute: name })
    // Its value stays out of the message: it may be a password whose name was mistyped.
    else
      report.problem(element, `is not an attribute of ${element.name}; ${suggestion(name, known)}`, { attribute: name })
  }
}
