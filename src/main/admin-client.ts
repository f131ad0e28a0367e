/** Asks a running `portico serve` over its admin socket. */
import { PorticoError, sentenceOf, systemCodeOf } from '#base/errors.ts'
import { printableLines } from '#base/printable.ts'
import { pathsOf } from './home.ts'

// An import would make Node load whatever it exports: more than the rest of a command takes, in time and memory.
const { request } = process.getBuiltinModule('node:http')

/**
 * The answer as JSON. Throws NOT_RUNNING when nobody answers, ADMIN_REFUSED when the account may not ask, ADMIN_FAILED for
 * an answer that breaks off, is no JSON, or is cut by the signal.
 */
export async function ask<T>(home: string, method: 'GET' | 'POST', path: string, signal?: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const call = request({ socketPath: pathsOf(home).adminSocket, method, path, signal }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
    })
    response.on('error', (cause) => reject(notAnswered(home, cause)))
    response.on('end', () => {
      try {
        resolve(JSON.parse(text, shown) as T)
      } catch (cause) {
        reject(notAnswered(home, cause))
      }
    })
  })
  call.on('error', (cause) => reject(notAnswered(home, cause)))
  call.end()
  return promise
}

/** It will be shown at a terminal, and some of it others have written. */
const shown = (_key: string, value: unknown) => (typeof value === 'string' ? printableLines(value) : value)

function notAnswered(home: string, cause: unknown): PorticoError {
  const code = systemCodeOf(cause)
  if (code === 'EACCES' || code === 'EPERM') return new PorticoError('ADMIN_REFUSED', { home }, { cause })
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new PorticoError('NOT_RUNNING', { home }, { cause })
  return new PorticoError('ADMIN_FAILED', { home, reason: sentenceOf(cause) }, { cause })
}
