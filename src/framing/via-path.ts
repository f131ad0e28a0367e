/** Path, query and fragment of a via in canonical form: what must be escaped is, what need not be isn't. */

const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'
const reserved = "!#$&'()*+,/:;=?@[]"
const stays = new Set([...`${unreserved}${reserved}`].map((char) => char.charCodeAt(0)))
const needsNoEscape = new Set([...unreserved].map((char) => char.charCodeAt(0)))

/** A path that is canonical as it stands, apart from dot segments; nearly every via has one. */
const plain = /^[\w~!$&'()*+,;=:@[\]/.-]*$/

/** The path with `/` for `\`, dots and slashes unescaped, dot segments resolved; at least `/`. */
export function canonicalPath(path: string): string {
  const slashed = plain.test(path) ? path : escaped(unescapeSlashes(path))
  if (slashed === '') return '/'
  return slashed.includes('/.') ? withoutDotSegments(slashed) : slashed
}

function unescapeSlashes(path: string): string {
  return path.replace(/%2f|%5c|\\/gi, '/')
}

/** `text` with unreserved characters plain and everything that a URI can't hold escaped as UTF-8. */
export function escaped(text: string): string {
  let result = ''
  let kept = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (stays.has(code)) {
      at += 1
      continue
    }
    result += text.slice(kept, at)
    if (code === 0x25) {
      const width = escapeWidth(text, at)
      result += canonicalEscape(text.slice(at, at + width))
      at += width
    } else {
      const point = text.codePointAt(at) ?? code
      result += escapePoint(point)
      at += point > 0xffff ? 2 : 1
    }
    kept = at
  }
  return result + text.slice(kept)
}

function escapePoint(point: number): string {
  const loneSurrogate = point >= 0xd800 && point <= 0xdfff
  return loneSurrogate ? '%EF%BF%BD' : encodeURIComponent(String.fromCodePoint(point))
}

/** How many characters the escapes of one character take from `at`: 1 when the `%` there begins none. */
function escapeWidth(text: string, at: number): number {
  const byte = escapedByte(text, at)
  if (byte === undefined) return 1
  const bytes = byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1
  const width = bytes * 3
  return bytes > 1 && isUtf8(text.slice(at, at + width)) ? width : 3
}

function isUtf8(escapes: string): boolean {
  try {
    decodeURIComponent(escapes)
    return true
  } catch {
    return false
  }
}

/** The byte that `%XX` at `at` stands for. */
function escapedByte(text: string, at: number): number | undefined {
  const digits = text.slice(at + 1, at + 3)
  return /^[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined
}

/** A character that needs no escape stands for itself, one beyond ASCII is upper case, anything else stays as written. */
function canonicalEscape(written: string): string {
  if (written.length === 1) return '%25'
  if (written.length > 3) return written.toUpperCase()
  const byte = escapedByte(written, 0) ?? 0
  return needsNoEscape.has(byte) ? String.fromCharCode(byte) : written
}

function withoutDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  const last = segments.at(-1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  if (last === '.' || last === '..') kept.push('')
  return `/${kept.join('/')}`
}
