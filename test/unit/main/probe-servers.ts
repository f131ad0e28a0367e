/** Servers and ways to probe them: what a person sees of each. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdminActions, AdminServer } from '#admin/admin-server.ts'
import type { RouteStatus } from '#admin/status.ts'
import { encodeSizedEnvelope, end, preambleAck, preambleEnd } from '#framing/envelopes.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { probeMessage } from '#main/probe-client.ts'
import { probeAll } from '#main/probe-command.ts'
import { probeTarget } from '#main/probe-target.ts'
import type { FramingClient } from '../../support/framing-client.ts'

export const urlOf = (port: number) => `net.tcp://127.0.0.1:${port}/echo`

/** The preamble that the probe sends for the address. */
export function preambleFor(via: string): Buffer {
  return Buffer.concat([
    encodePreamble({ mode: 'duplex', via, contentType: 'application/soap+msbinsession1' }),
    preambleEnd,
  ])
}

/** The record of the probe's message for the address; its id differs from call to call. */
export function requestFor(via: string): Buffer {
  return encodeSizedEnvelope(probeMessage(via))
}

/** Takes the probe's preamble; it has as many bytes as its own port has digits. */
export async function preamble(peer: FramingClient): Promise<Buffer> {
  return peer.read(preambleFor(urlOf(peer.socket.localPort ?? 0)).length)
}

export async function request(peer: FramingClient): Promise<Buffer> {
  return peer.read(requestFor(urlOf(peer.socket.localPort ?? 0)).length)
}

/** Serves a session as the echo sample does. */
export async function echo(peer: FramingClient): Promise<void> {
  await preamble(peer)
  peer.write(preambleAck)
  peer.write(await request(peer))
  await peer.read(1)
  peer.write(end)
  peer.socket.end()
}

/** A home of Portico's; with an admin socket when the test says what that answers. */
export async function porticoHome(
  route?: (via: string) => RouteStatus,
  watch?: AdminActions['journey'],
): Promise<AsyncDisposable & { path: string }> {
  const path = mkdtempSync(join(tmpdir(), 'portico-probe-'))
  const unasked = (): never => {
    throw new Error('a probe asks for nothing but a route')
  }
  const actions = {
    journey: watch ?? unasked,
    connections: unasked,
    status: unasked,
    explain: unasked,
    stop: unasked,
    pool: unasked,
  }
  const admin = route && new AdminServer({ route, ...actions })
  await admin?.listen(join(path, 'admin.sock'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      await admin?.[Symbol.asyncDispose]()
      rmSync(path, { recursive: true })
    },
  }
}

export interface Shown {
  readonly succeeded: boolean
  /** What was printed, with times as `# ms` and Portico's home as `HOME`. */
  readonly text: string
  readonly lines: readonly string[]
}

/** Runs a probe and tells what it printed. */
export async function shown(
  url: string,
  options: {
    count?: number
    json?: boolean
    journey?: boolean
    home?: string
    signal?: AbortSignal
    onLine?: (line: string) => void
  } = {},
): Promise<Shown> {
  const {
    count = 1,
    json = false,
    journey = false,
    home = '/nowhere',
    signal = new AbortController().signal,
    onLine,
  } = options
  const target = probeTarget(url)
  if (!target) throw new Error(`${url} can't be probed`)
  const lines: string[] = []
  const print = (line: string) => {
    lines.push(line)
    onLine?.(line)
  }
  const succeeded = await probeAll(target, { count, json, journey, home }, print, signal)
  const text = lines
    .join('\n')
    .replaceAll(/\d+\.\d\d ms/g, '# ms')
    .replaceAll(home, 'HOME')
  return { succeeded, text, lines }
}
