/** Writes a message node by node, whatever its encoding. */
import type { Name } from './dictionary-string.ts'
import type { PrimitiveArray, Value } from './value.ts'

/** Throws EncodingError for what can't be in a message, and RangeError for calls in an order that makes none. */
export interface XmlWriter {
  /** Begins another document, also after one that was left unfinished. A new writer has begun one already. */
  begin(): void
  /** Begins an element. Its prefix is declared in it unless it means that namespace already. */
  startElement(prefix: string, name: Name, namespace: Name): void
  /** Adds an attribute to the element that was just begun; its prefix is declared as that of an element is. */
  attribute(prefix: string, name: Name, namespace: Name, value: Name | Value): void
  /** Declares a prefix in the element that was just begun, unless it means that namespace already. */
  declareNamespace(prefix: string, namespace: Name): void
  /** A string or DictionaryString is text. */
  value(value: Name | Value): void
  /** As many elements of one name as the array has items. */
  array(prefix: string, name: Name, namespace: Name, array: PrimitiveArray): void
  comment(text: string): void
  endElement(): void
  /** Returns what is written so far and not yet taken, of a document that goes on; not in a session. */
  take(): Buffer
  /** Ends the document and returns its bytes. Before another one there must be a `begin`. */
  finish(): Buffer
}
