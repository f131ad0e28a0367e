/** Finds Portico's sections in a file among those of other products. */
import { childrenNamed, only } from './names.ts'
import { nearest } from './nearest.ts'
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

/** The sections that Portico owns, and the file that each belongs to. */
const homes = {
  'system.applicationHost': 'applicationHost.config',
  portico: 'applicationHost.config',
  'system.serviceModel.activation': 'SMSvcHost.exe.config',
} as const

type Section = keyof typeof homes
export type FileName = (typeof homes)[Section]

/** The section of that name; undefined when there is none. */
export function sectionOf(root: XmlElement | undefined, name: Section, report: Report): XmlElement | undefined {
  return only(root ? childrenNamed(root, name) : [], report)
}

/**
 * Reports sections of Portico's that stand in the wrong file, where nobody would read them, and likely slips in their
 * names. Sections of other products are left alone.
 */
export function checkSections(root: XmlElement, file: FileName, report: Report): void {
  for (const child of root.children) {
    const home = Object.hasOwn(homes, child.name) ? homes[child.name as Section] : undefined
    if (home === file) continue
    if (home !== undefined) report.problem(child, `has no effect in this file; it belongs in ${home}`)
    const near = home === undefined ? nearest(child.name, Object.keys(homes), 2) : undefined
    if (near !== undefined) report.problem(child, `is not a known section; did you mean ${near}?`)
  }
}
