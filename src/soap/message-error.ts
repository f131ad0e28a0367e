/** What comes is XML, but no message as SOAP 1.2 has them. `message` is a sentence without its end. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
}
