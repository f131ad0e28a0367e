/** Which names may stand in an element; what has another name is a problem that says which was meant. */
import { nearest, suggestion } from './nearest.ts'
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

/**
 * The children that are named in `ours`, in an element that holds those of other products as well: these are left
 * alone, and so is a name that nobody knows, unless it looks like a slip in one of `ours`.
 */
export function childrenAmongOthers(
  element: XmlElement,
  ours: readonly string[],
  others: readonly string[],
  report: Report,
): readonly XmlElement[] {
  return element.children.filter((child) => {
    if (ours.includes(child.name)) return true
    const near = nearest(child.name, [...ours, ...others], 2)
    if (near !== undefined && ours.includes(near))
      report.problem(child, `is not an element of ${element.name}; ${suggestion(child.name, ours)}`)
    return false
  })
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
    else if (name === 'configSource')
      report.problem(element, 'names a file that is not read; write its content here', { attribute: name })
    // Its value stays out of the message: it may be a password whose name was mistyped.
    else
      report.problem(element, `is not an attribute of ${element.name}; ${suggestion(name, known)}`, { attribute: name })
  }
}
