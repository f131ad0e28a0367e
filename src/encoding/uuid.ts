/** UUIDs as .NET writes them: the first three groups with their bytes in reverse. */

const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return text.length === 36 && form.test(text)
}

/** The UUID whose 16 bytes begin at `at`: in lower case, with hyphens. */
export function formatUuid(bytes: Uint8Array, at: number): string {
  const pair = (index: number) => pairs[bytes[at + index] ?? 0] ?? ''
  return `${pair(3)}${pair(2)}${pair(1)}${pair(0)}-${pair(5)}${pair(4)}-${pair(7)}${pair(6)}-${pair(8)}${pair(9)}-${pair(10)}${pair(11)}${pair(12)}${pair(13)}${pair(14)}${pair(15)}`
}

/** Writes the 16 bytes of a UUID. Throws RangeError when the text is none. */
export function writeUuid(text: string, target: Uint8Array, at: number): void {
  if (!isUuid(text)) throw new RangeError(`${text} is not a UUID`)
  const digits = text.replaceAll('-', '')
  order.forEach((place, index) => {
    target[at + place] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16)
  })
}
