/** Says what is wrong at an element, with its name, which says more than its tag. */
import type { Report } from '#config/report.ts'
import type { Element } from './element.ts'

export function complain(report: Report, element: Element, why: string): undefined {
  const value = element.attribute('name')
  report.problem(element.xml, why, value === undefined ? {} : { attribute: 'name', value })
  return undefined
}
