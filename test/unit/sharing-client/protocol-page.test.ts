/** docs/sharing-protocol.md is what others write clients by: its examples must be what is said. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bindingProperties } from '#binding/settings.ts'
import { peerMessage } from '#handoff/peer-messages.ts'
import type { PorticoMessage, RefusalStatus } from '#handoff/protocol.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/sharing-protocol.md'), 'utf8')
const examples = (heading: string): string[] => {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return section.split('```json\n')[1]?.split('\n```')[0]?.split('\n') ?? []
}
const typesOf = (lines: readonly string[]) => new Set(lines.map((line) => (JSON.parse(line) as { type: string }).type))

describe('the page about the protocol', () => {
  test.each(examples('What peers say'))('has an example that Portico understands: %s', (line) => {
    const written: unknown = JSON.parse(line)
    expect(peerMessage.parse(written)).toMatchObject(written as object)
  })

  test('has an example of everything that a peer may say', () => {
    const known = peerMessage.options.map((option) => option.shape.type.value)
    expect(typesOf(examples('What peers say'))).toEqual(new Set(known))
  })

  test('has an example of everything that Portico says', () => {
    const known: Record<PorticoMessage['type'], true> = {
      welcome: true,
      refused: true,
      registered: true,
      dispatch: true,
      routeValid: true,
      ping: true,
      assign: true,
      activate: true,
      deactivate: true,
      drain: true,
      withdraw: true,
    }
    expect(typesOf(examples('What Portico says'))).toEqual(new Set(Object.keys(known)))
  })

  test('explains every status and every setting', () => {
    const statuses: Record<RefusalStatus, true> = {
      PathTooLong: true,
      RegistrationQuotaExceeded: true,
      ProtocolUnsupported: true,
      ConflictingRegistration: true,
      FailedToListen: true,
      VersionUnsupported: true,
      InvalidArgument: true,
      AccessDenied: true,
      ServiceDisabled: true,
    }
    for (const name of [...Object.keys(statuses), ...bindingProperties]) expect(page).toContain(`\n| \`${name}\` `)
  })

  test('shows the bytes of the messages that it speaks of', () => {
    const dumps = page.match(/(?:^ {4}[0-9a-f]{4} {2}.*\n)+/gm) ?? []
    const said = dumps.map((dump) =>
      Buffer.from(dump.replace(/^ {4}[0-9a-f]{4} {2}((?:[0-9a-f]{2} )+) .*\n/gm, '$1').replaceAll(' ', ''), 'hex'),
    )
    expect(said.map((bytes) => bytes.length)).toEqual([198, 35])
    const messages = said.map((bytes) =>
      bytes
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    )
    expect(messages).toEqual([['ping', 'dispatch'], ['accepted']])
  })
})
