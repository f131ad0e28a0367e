/** Canonical vias: every row of both tables of the specification, and what must hold for any text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseVia } from '#framing/via.ts'

describe('a via is brought to its canonical form', () => {
  test.each([
    ['net.tcp://localhost:808/App/Service.svc', 'net.tcp://localhost/App/Service.svc'],
    ['net.tcp://LocalHost/App', 'net.tcp://localhost/App'],
    ['net.tcp://h/App%2fB/../C/./d', 'net.tcp://h/App/C/d'],
    ['net.tcp://h/a\\b//c/', 'net.tcp://h/a/b//c/'],
    ['net.tcp://h/%61', 'net.tcp://h/a'],
    ['net.tcp://h/é', 'net.tcp://h/%C3%A9'],
    ['net.tcp://h/a b', 'net.tcp://h/a%20b'],
    ['net.tcp://h:9000', 'net.tcp://h:9000/'],
    ['net.tcp://[::1]:808/x', 'net.tcp://[::1]/x'],
    ['NET.TCP://H/x', 'net.tcp://h/x'],
    ['net.tcp://h', 'net.tcp://h/'],
    ['net.tcp://h/..', 'net.tcp://h/'],
    ['net.tcp://h/a/..', 'net.tcp://h/'],
    ['net.tcp://h/a/.', 'net.tcp://h/a/'],
    ['net.tcp://h/a/%2e%2e/b', 'net.tcp://h/b'],
    ['net.tcp://h/a%5cb', 'net.tcp://h/a/b'],
    ['net.tcp://h/a%3Fb', 'net.tcp://h/a%3Fb'],
    ['net.tcp://h/a%23b', 'net.tcp://h/a%23b'],
    ['net.tcp://h/a%25b', 'net.tcp://h/a%25b'],
    ['net.tcp://h/a%7eb', 'net.tcp://h/a~b'],
    ['net.tcp://h/%c3%a9', 'net.tcp://h/%C3%A9'],
    ['net.tcp://h/%e9', 'net.tcp://h/%e9'],
    ['net.tcp://h/%zz', 'net.tcp://h/%25zz'],
    ['net.tcp://h/a"b<c>', 'net.tcp://h/a%22b%3Cc%3E'],
    ['net.tcp://h:/x', 'net.tcp://h/x'],
    ['net.tcp://127.1/x', 'net.tcp://127.0.0.1/x'],
    ['net.tcp://[0:0::1]:808/x', 'net.tcp://[::1]/x'],
    ['net.tcp://h./x', 'net.tcp://h./x'],
    ['net.tcp://h/x?q=1#f', 'net.tcp://h/x?q=1#f'],
    ['net.tcp://127.0.0.1:9011/App/a b/é', 'net.tcp://127.0.0.1:9011/App/a%20b/%C3%A9'],
  ])('%s is %s', (written, canonical) => {
    expect(parseVia(written)?.canonical).toBe(canonical)
  })

  test.each([
    ['net.tcp://h/a//../b', 'net.tcp://h/a/b'],
    ['net.tcp://h/a/...', 'net.tcp://h/a/...'],
    ['net.tcp://h/.hidden', 'net.tcp://h/.hidden'],
    ['net.tcp://h/%c3/../%a9', 'net.tcp://h/%a9'],
    ['net.tcp://h/%c0%af', 'net.tcp://h/%c0%af'],
    ['net.tcp://h/%ed%a0%80', 'net.tcp://h/%ed%a0%80'],
    ['net.tcp://h/%f0%9f%98%80', 'net.tcp://h/%F0%9F%98%80'],
    ['net.tcp://h/😀', 'net.tcp://h/%F0%9F%98%80'],
    ['net.tcp://h/%%61', 'net.tcp://h/%25a'],
    ['net.tcp://h/%', 'net.tcp://h/%25'],
    ['net.tcp://h/x?a\\b=%61%2f', 'net.tcp://h/x?a%5Cb=a%2f'],
    ['net.tcp://h?q', 'net.tcp://h/?q'],
    ['net.tcp://h\\x', 'net.tcp://h/x'],
    ['net.tcp://0x7f.1/', 'net.tcp://127.0.0.1/'],
    ['net.tcp://010.1.2.3/', 'net.tcp://8.1.2.3/'],
    ['net.tcp://2130706433/', 'net.tcp://127.0.0.1/'],
    ['net.tcp://256.1.1.1/', 'net.tcp://256.1.1.1/'],
    ['net.tcp://0x100.1/', 'net.tcp://0x100.1/'],
    ['net.tcp://1.2.3.4.5/', 'net.tcp://1.2.3.4.5/'],
    ['net.tcp://[FE80::1%25eth0]/', 'net.tcp://[fe80::1]/'],
    ['net.tcp://[::ffff:10.0.0.5]/', 'net.tcp://[::ffff:10.0.0.5]/'],
    ['net.tcp://h:00808/', 'net.tcp://h/'],
    ['net.tcp://my_host-1/', 'net.tcp://my_host-1/'],
    [' net.tcp://h/x\r\n', 'net.tcp://h/x'],
    ['http://H:80/a', 'http://h/a'],
  ])('%s is %s', (written, canonical) => {
    expect(parseVia(written)?.canonical).toBe(canonical)
  })
})

test.each([
  'net.tcp://u@h/x',
  'net.tcp://+/x',
  'net.tcp://*/x',
  'net.tcp://h:65536/x',
  'net.tcp:///x',
  'net.tcp:h/x',
  'not a uri',
  '',
  '/App',
  'net.tcp://u:p@h/',
  'net.tcp://u@[::1]/',
  'net.tcp://h:80a/',
  'net.tcp://[::1/',
  'net.tcp://[::1]x/',
  'net.tcp://[::1]:x/',
  'net.tcp://[1.2.3.4]/',
  'net.tcp://::1/',
  'net.tcp://a..b/',
  'net.tcp://-a/',
  'net.tcp://a b/',
  'net.tcp://%61/',
  `net.tcp://${'a'.repeat(64)}/`,
])('%s is no via', (written) => {
  expect(parseVia(written)).toBeUndefined()
})

test('a via without a port asks for port 808', () => {
  expect(parseVia('net.tcp://h/x')).toMatchObject({ scheme: 'net.tcp', host: 'h', port: 808, path: '/x', query: '' })
  expect(parseVia('net.tcp://h:9000/x')?.port).toBe(9000)
})

test('the path is escaped and holds neither query nor fragment', () => {
  expect(parseVia('net.tcp://h/a b?q=1#f')).toMatchObject({ path: '/a%20b', query: '?q=1' })
})

test('an IPv6 host stands in brackets', () => {
  expect(parseVia('net.tcp://[0:0::1]:9000/')).toMatchObject({ host: '[::1]', port: 9000 })
})

const uriText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '..',
        '.',
        '%',
        '%2',
        '%2e',
        '%2F',
        '%5c',
        '\\',
        '?',
        '#',
        ':',
        '@',
        '[',
        ']',
        '%c3',
        '%a9',
        '%e2%82%ac',
      ),
      fc.string({ maxLength: 3, unit: 'binary' }),
      fc.constantFrom('\ud800', 'é', '😀', 'a', 'B'),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

test('the canonical form of a canonical via is itself', () => {
  fc.assert(
    fc.property(fc.constantFrom('net.tcp://h/', 'net.tcp://', 'net.tcp://h/x?', ''), uriText, (start, rest) => {
      const via = parseVia(start + rest)
      if (via) expect(parseVia(via.canonical)).toEqual(via)
    }),
    { numRuns: 2000 },
  )
})

test('a canonical path is ASCII, begins with a slash and has no dot segment', () => {
  fc.assert(
    fc.property(uriText, (rest) => {
      const path = parseVia(`net.tcp://h/${rest}`)?.path ?? ''
      expect(path).toMatch(/^\/[!$&'()*+,\w~:;=@[\]/.%-]*$/)
      expect(path.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([])
    }),
    { numRuns: 2000 },
  )
})

test('the time for a via grows no faster than its length', () => {
  const timeFor = (count: number) => {
    const hostile = ['/..', '%', '%c3', '\\', 'a.', ':', '[', '%2e%2e/'].map(
      (part) => `net.tcp://h/${part.repeat(count)}`,
    )
    const hosts = ['a.', '1.', ':', '0x', '@'].map((part) => `net.tcp://${part.repeat(count)}/`)
    const started = performance.now()
    for (const text of [...hostile, ...hosts]) parseVia(text)
    return performance.now() - started
  }
  timeFor(1000)
  expect(timeFor(100_000)).toBeLessThan(Math.max(timeFor(1000), 2) * 1000)
})
