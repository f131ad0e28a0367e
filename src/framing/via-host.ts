/** The host of a via in canonical form: a name in lower case, or an address in its shortest spelling. */
import { isIPv6, SocketAddress } from 'node:net'

/** Undefined when the text is neither a name nor an address. */
export function canonicalHost(text: string): string | undefined {
  if (text.startsWith('[')) return canonicalIPv6(text)
  return canonicalIPv4(text) ?? canonicalName(text)
}

/** In brackets; a zone is dropped, because it names a link of the client's machine. */
function canonicalIPv6(text: string): string | undefined {
  const address = text.slice(1, -1).split('%', 1)[0] ?? ''
  if (!text.endsWith(']') || !isIPv6(address)) return undefined
  return `[${new SocketAddress({ address, family: 'ipv6' }).address}]`
}

const plainIPv4 = /^(?:[1-9]\d?\d?|0)(?:\.(?:[1-9]\d?\d?|0)){3}$/
const ipv4Part = /^(?:0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i

/** The old spellings count too: fewer than four parts, the last filling the rest, each decimal, octal or hexadecimal. */
function canonicalIPv4(text: string): string | undefined {
  const first = text.charCodeAt(0)
  if (!(first >= 0x30 && first <= 0x39)) return undefined
  const parts = text.split('.')
  if (parts.length > 4 || !parts.every((part) => ipv4Part.test(part))) return undefined
  const values = parts.map((part) => (/^0[0-7]/.test(part) ? Number.parseInt(part, 8) : Number(part)))
  const last = values.pop() ?? 0
  if (values.some((value) => value > 255) || last >= 256 ** (4 - values.length)) return undefined
  if (plainIPv4.test(text)) return text
  const octets = [...values]
  for (let place = 3 - values.length; place >= 0; place -= 1) octets.push(Math.floor(last / 256 ** place) % 256)
  return octets.join('.')
}

const label = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}_-]{0,62}$/u

/** Labels of letters, digits, hyphens and underscores; one dot may end the name. */
function canonicalName(text: string): string | undefined {
  const name = text.toLowerCase()
  const labels = name.split('.')
  if (labels.length > 1 && labels.at(-1) === '') labels.pop()
  return labels.every((part) => label.test(part)) ? name : undefined
}
