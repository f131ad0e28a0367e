/** Texts of others as a terminal and a log may show them: nobody else's text moves the cursor or makes a line of its own. */

/** Control characters, what reorders or breaks lines, and halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufeff]/gu
const unprintableBesidesLines = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufeff]/gu

const escaped = (char: string) => `\\u{${char.codePointAt(0)?.toString(16)}}`

/** `text` on one line, with `\u{1b}` for what a terminal would obey. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped)
}

/** The same for a text that may have several lines, as a stack trace has: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(unprintableBesidesLines, escaped)
}
