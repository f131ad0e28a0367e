/** The declarations of a document that is written: which are needed, and which the open start tag still has to write. */
import { type Name, textOf } from './dictionary-string.ts'
import { EncodingError } from './encoding-error.ts'
import { NamespaceScopes, xmlNamespace } from './namespace-scopes.ts'

export class DeclaredNamespaces {
  readonly #scopes = new NamespaceScopes()
  readonly #marks: number[] = []
  /** What the open start tag declares, in order: written behind its attributes, as .NET peers do. */
  readonly pending: { readonly prefix: string; readonly namespace: Name }[] = []

  get depth(): number {
    return this.#marks.length
  }

  enter(): void {
    this.#marks.push(this.#scopes.mark)
  }

  leave(): void {
    const mark = this.#marks.pop()
    if (mark === undefined) throw new RangeError('no element is open')
    this.#scopes.rewind(mark)
  }

  /** Declares a prefix in the element entered last, unless it means the namespace already. */
  need(prefix: string, namespace: Name): void {
    const text = textOf(namespace)
    const meant = this.#scopes.namespaceOf(prefix)
    if (meant === text) return
    if (prefix === 'xml' || prefix === 'xmlns' || text === xmlNamespace) {
      throw new EncodingError('reservedPrefix', `the prefix ${prefix} can't stand for ${text}`)
    }
    if (prefix !== '' && text === '') {
      throw new EncodingError('unboundPrefix', `the prefix ${prefix} can't stand for no namespace`)
    }
    if (!this.#scopes.declare(prefix, text, this.#marks.at(-1) ?? 0)) {
      const says = `the prefix "${prefix}" can't stand for ${text} and for ${meant} in one start tag`
      throw new EncodingError('duplicateDeclaration', says)
    }
    this.pending.push({ prefix, namespace })
  }

  /** Forgets everything: for a document that was left unfinished. */
  reset(): void {
    this.#scopes.rewind(0)
    this.#marks.length = 0
    this.pending.length = 0
  }
}
