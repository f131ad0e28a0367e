/** Which prefix means which namespace, element by element, at a cost that doesn't grow with the number of declarations. */

interface Binding {
  readonly namespace: string
  /** The mark of the element that declares it. */
  readonly mark: number
}

export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'
export const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'

export class NamespaceScopes {
  readonly #bound = new Map<string, Binding>([
    ['', { namespace: '', mark: -1 }],
    ['xml', { namespace: xmlNamespace, mark: -1 }],
  ])
  /** What was declared, in order, each with what it hides. */
  readonly #prefixes: string[] = []
  readonly #hidden: (Binding | undefined)[] = []

  /** The scope as it is now, for `rewind`. Between two elements that declare something it is never the same. */
  get mark(): number {
    return this.#prefixes.length
  }

  namespaceOf(prefix: string): string | undefined {
    return this.#bound.get(prefix)?.namespace
  }

  /** Declares a prefix for the element whose scope began at `mark`; false when that has declared it already. */
  declare(prefix: string, namespace: string, mark: number): boolean {
    const before = this.#bound.get(prefix)
    if (before?.mark === mark) return false
    this.#prefixes.push(prefix)
    this.#hidden.push(before)
    this.#bound.set(prefix, { namespace, mark })
    return true
  }

  /** Forgets what was declared since `mark`. */
  rewind(mark: number): void {
    while (this.#prefixes.length > mark) {
      const prefix = this.#prefixes.pop() ?? ''
      const before = this.#hidden.pop()
      if (before) this.#bound.set(prefix, before)
      else this.#bound.delete(prefix)
    }
  }
}
