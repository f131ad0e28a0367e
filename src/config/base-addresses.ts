/** Checks addresses as WCF does: base addresses of a host, and the scheme of an endpoint's address. */
import { childrenNamed } from './names.ts'
import type { Report } from './report.ts'
import type { XmlElement } from './xml.ts'

const absolute =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:(?<user>[^/?#]*)@)?(?<host>\[[^\]/?#]*\]|[^:/?#@]*)(?::(?<port>\d*))?(?:\/[^?#]*)?(?<query>\?[^#]*)?(?<fragment>#.*)?$/i

/** The scheme of an absolute address, in lower case; undefined for a relative one. */
export function schemeOf(address: string): string | undefined {
  return absolute.exec(address.trim())?.groups?.scheme?.toLowerCase()
}

/** Reports what is wrong with the base addresses in `host`, and that none of them is used. */
export function checkBaseAddresses(host: XmlElement, report: Report): void {
  for (const element of childrenNamed(host, 'baseAddresses')) {
    const entries = childrenNamed(element, 'add')
    checkEach(entries, 'baseAddress', report)
    if (entries.length > 0)
      report.notice(element, 'noEffect', {}, 'is not used: activated services have the addresses of the site bindings')
  }
}

/** Reports each address that is wrong by itself, or has the scheme of an earlier one. */
export function checkEach(entries: readonly XmlElement[], attribute: string, report: Report): void {
  const byScheme = new Map<string, XmlElement>()
  for (const entry of entries) {
    const value = entry.attributes.get(attribute)
    if (value === undefined || value === '') continue
    const wrong = wrongIn(value)
    if (wrong !== undefined) {
      report.problem(entry, wrong, { attribute, value })
      continue
    }
    const scheme = schemeOf(value) ?? ''
    const before = byScheme.get(scheme)
    if (before) {
      const expected = `is the second address with the scheme ${scheme}; the first is in line ${before.line(attribute)}, and one is allowed`
      report.problem(entry, expected, { attribute, value })
    } else byScheme.set(scheme, entry)
  }
}

function wrongIn(address: string): string | undefined {
  const parts = absolute.exec(address.trim())?.groups
  if (parts === undefined) return 'must be an absolute address, as net.tcp://localhost:808/orders'
  const { user, host = '', port, query, fragment } = parts
  if (user !== undefined) return 'must not have a user before the host'
  if (query !== undefined) return 'must not have a query (from ? on)'
  if (fragment !== undefined) return 'must not have a fragment (from # on)'
  // A * stands for the name of the machine; + and other signs are no host.
  if (!/^(?:\*|\[[0-9a-f:.%]+\]|[\p{L}\p{N}_.-]+)$/iu.test(host)) return 'must name a host: a name, an address or *'
  return port && Number(port) > 65_535 ? 'must name a port from 0 to 65535' : undefined
}
