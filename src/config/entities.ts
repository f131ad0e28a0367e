/** The character and entity references that XML itself knows; others need a DOCTYPE, which is refused. */

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const reference = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z]+));|&/g

/** The text with its references replaced; undefined when one of them is unknown or a bare `&` stands in it. */
export function decodeReferences(text: string): string | undefined {
  if (!text.includes('&')) return text
  let wrong = false
  const decoded = text.replace(reference, (_, hex?: string, decimal?: string, name?: string) => {
    const character = name === undefined ? characterOf(hex, decimal) : named[name]
    if (character === undefined) wrong = true
    return character ?? ''
  })
  return wrong ? undefined : decoded
}

function characterOf(hex?: string, decimal?: string): string | undefined {
  const point = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : 0
  const allowed = point === 9 || point === 10 || point === 13 || (point >= 32 && point <= 0x10ffff)
  return allowed && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : undefined
}
