/** UUIDs as .NET writes them: the first three groups with their bytes in reverse. */

const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** Where the two digits of each byte stand in the text. */
const places: readonly number[] = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34]
/** The digit of a character code; over 15 for others. */
const digits = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(digit) ? 0xff : digit
})

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
  let isValid = text.length === 36
  for (let hyphen = 8; hyphen <= 23; hyphen += 5) isValid &&= text.charCodeAt(hyphen) === 0x2d
  for (let index = 0; index < 16; index++) {
    const place = places[index] ?? 0
    const high = digits[text.charCodeAt(place)] ?? 0xff
    const low = digits[text.charCodeAt(place + 1)] ?? 0xff
    isValid &&= (high | low) < 16
    target[at + index] = (high << 4) | low
  }
  if (!isValid) throw new RangeError(`${text} is not a UUID`)
}
