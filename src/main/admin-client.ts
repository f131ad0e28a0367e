/** Asks a running `portico serve` over its admin socket. */
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
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
  const call = request({ socketPath: pathsOf(home).adminSocket, method, path, signal })
  call.on('response', (response) => answerOf<T>(home, response).then(resolve, reject))
  call.on('error', (cause) => reject(notAnswered(home, cause)))
  call.end()
  return promise
}

/**
 * A question that stays open while something happens: `heard` resolves when it has been taken down, `answer` says that it has
 * happened and gives the answer. Disposing takes it back. Both throw what `ask` throws.
 */
export interface OpenQuestion<T> extends Disposable {
  readonly heard: Promise<void>
  answer(): Promise<T>
}

export function askAndStay<T>(home: string, path: string, signal?: AbortSignal): OpenQuestion<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const heard = Promise.withResolvers<void>()
  const call = request({ socketPath: pathsOf(home).adminSocket, method: 'POST', path, signal })
  call.on('response', (response) => {
    heard.resolve()
    answerOf<T>(home, response).then(resolve, reject)
  })
  call.on('error', (cause) => {
    heard.reject(notAnswered(home, cause))
    reject(notAnswered(home, cause))
  })
  promise.catch(() => {}) // nobody may ask any more
  call.flushHeaders()
  return {
    heard: heard.promise,
    answer() {
      call.end()
      return promise
    },
    [Symbol.dispose]: () => void call.destroy(),
  }
}

/** Rejects when it breaks off, or is no JSON. */
async function answerOf<T>(home: string, response: IncomingMessage): Promise<T> {
  try {
    return JSON.parse(await text(response), shown) as T
  } catch (cause) {
    throw notAnswered(home, cause)
  }
}

/** It will be shown at a terminal, and some of it others have written. */
const shown = (_key: string, value: unknown) => (typeof value === 'string' ? printableLines(value) : value)

function notAnswered(home: string, cause: unknown): PorticoError {
  const code = systemCodeOf(cause)
  if (code === 'EACCES' || code === 'EPERM') return new PorticoError('ADMIN_REFUSED', { home }, { cause })
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new PorticoError('NOT_RUNNING', { home }, { cause })
  return new PorticoError('ADMIN_FAILED', { home, reason: sentenceOf(cause) }, { cause })
}
