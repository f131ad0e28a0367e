/** How much of everything a message may make its reader take: the `readerQuotas` of a binding. */

export interface ReaderQuotas {
  /** Elements that are open at once. */
  readonly maxDepth: number
  /** Characters (UTF-16 units) of one text, also when it comes in several records. */
  readonly maxStringContentLength: number
  /** Items of one array or list; bytes of one binary content. */
  readonly maxArrayLength: number
  /** Bytes of one start tag with its attributes. */
  readonly maxBytesPerRead: number
  /** Characters of all different names, prefixes and namespaces that stand in the message itself. */
  readonly maxNameTableCharCount: number
}

/** What WCF takes where a binding says nothing. */
export const defaultQuotas: ReaderQuotas = {
  maxDepth: 32,
  maxStringContentLength: 8192,
  maxArrayLength: 16_384,
  maxBytesPerRead: 4096,
  maxNameTableCharCount: 16_384,
}

const greatest = 2 ** 31 - 1

/** For what the sender is trusted with. */
export const greatestQuotas: ReaderQuotas = {
  maxDepth: greatest,
  maxStringContentLength: greatest,
  maxArrayLength: greatest,
  maxBytesPerRead: greatest,
  maxNameTableCharCount: greatest,
}

/** Bytes of the strings that one direction of a session may keep, as WCF has it. */
export const defaultMaxSessionSize = 2048
