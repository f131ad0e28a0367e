/** How many characters the different names of one message have, for the quota maxNameTableCharCount. */

export class NameCount {
  readonly #limit: number
  #chars = 0
  /** The names so far; until their sum is over the limit, nobody needs to know which of them are the same. */
  #names: string[] | Set<string> = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Counts a name; false when the message has too many. */
  add(name: string): boolean {
    if (Array.isArray(this.#names)) {
      this.#names.push(name)
      this.#chars += name.length
      if (this.#chars <= this.#limit) return true
      this.#names = new Set(this.#names)
      this.#chars = 0
      for (const different of this.#names) this.#chars += different.length
    } else if (!this.#names.has(name)) {
      this.#names.add(name)
      this.#chars += name.length
    }
    return this.#chars <= this.#limit
  }
}
