/** What a .svc file says, and every way in which it can be wrong. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readServices } from '#config/services.ts'
import { parseSvc } from '#config/svc.ts'
import { inFolder, servicesOf } from './service-folders.ts'

test.each([
  ['<%@ ServiceHost Service="Ns.Type" %>', 'Ns.Type', undefined],
  ['<%@ ServiceHost Factory="Ns.Factory" %>', undefined, 'Ns.Factory'],
  ["<%@ServiceHost Service='Ns.Type' Factory = 'Ns.Factory'%>", 'Ns.Type', 'Ns.Factory'],
  ['<%@ ServiceHost Service=Ns.Type%>', 'Ns.Type', undefined],
  ['<% @ servicehost SERVICE="Ns.Type" %>', 'Ns.Type', undefined],
  ['\ufeff\r\n<%-- comment --%>\r\n<%@ ServiceHost\r\n  Service="Ns.Type"\r\n%>\r\n', 'Ns.Type', undefined],
  [
    '<%@ ServiceHost Language="C#" Debug="true" Service="Ns.Type" CodeBehind="Type.svc.cs" compilerOptions="/o %> x" warningLevel="4" %>',
    'Ns.Type',
    undefined,
  ],
  ['<%@ ServiceHost Service="Ns.Type" Debug=" False " warningLevel="0" %>', 'Ns.Type', undefined],
  ['<%@ ServiceHost Service="Ns.Type" Factory="" %>', 'Ns.Type', undefined],
])('%s is read', (text, service, factory) => {
  expect(parseSvc(text.replace('\ufeff', ''))).toEqual({ service, factory, notices: [] })
})

test('the assembly behind the name of a type is not part of the name', async () => {
  const files = {
    'a.svc': '<%@ ServiceHost Service="Ns.Type, Assembly, Version=1.0" %>',
    'b.svc': '<%@ ServiceHost Service="Ns.List`1[[Ns.Type, Assembly]], Assembly" %>',
  }
  const { services } = await servicesOf(files)
  expect(services.map(({ name }) => name)).toEqual(['Ns.Type', 'Ns.List`1[[Ns.Type, Assembly]]'])
})

const assembly = '<%@ Assembly Name="A" %>'
const host = '<%@ ServiceHost Service="S" %>'

test('assemblies and code are accepted, and noticed where they stand', () => {
  const text = `${assembly}\n<%@ Assembly Src="B.cs" %>\n${host}\n\npublic class S { }\n`
  expect(parseSvc(text)).toMatchObject({
    service: 'S',
    notices: [
      { line: 1, text: expect.stringContaining('no meaning on Linux') },
      { line: 2, text: expect.stringContaining('no meaning on Linux') },
      { line: 5, text: expect.stringContaining('not compiled') },
    ],
  })
})

test.each([
  ['an empty file', '', 1, 'needs a directive <%@ ServiceHost'],
  ['code only', '\nclass S { }', 2, 'needs a directive <%@ ServiceHost'],
  ['another directive only', assembly, 1, 'needs a directive <%@ ServiceHost'],
  ['neither Service nor Factory', '\n<%@ ServiceHost Debug="true" %>', 2, 'needs the attribute Service or Factory'],
  ['an empty Service', '<%@ ServiceHost Service="" %>', 1, 'needs the attribute Service or Factory'],
  ['an attribute twice', '<%@ ServiceHost Service="S"\nservice="T" %>', 2, 'has the attribute Service twice'],
  ['the directive twice', `${host}\n${host}`, 2, 'has the directive ServiceHost twice; the first is in line 1'],
  ['no name of the directive', '\n<%@ Service="S" %>', 2, 'has a directive without a name'],
  ['nothing in the directive', '<%@ %>', 1, 'has a directive without a name'],
  ['an unknown directive', `${host}\n<%@ Page Service="S" %>`, 2, 'has an unknown directive Page'],
  [
    'a mistyped directive',
    '<%@ ServiceHots Service="S" %>',
    1,
    'unknown directive ServiceHots; did you mean ServiceHost?',
  ],
  [
    'an unknown attribute',
    '<%@ ServiceHost\nServise="S" %>',
    2,
    'unknown attribute Servise in the directive ServiceHost; did you mean Service?',
  ],
  [
    'attributes that exclude each other',
    `${host}\n<%@ Assembly Name="A" Src="B" %>`,
    2,
    'has Name and Src in one directive Assembly; they exclude each other',
  ],
  ['an assembly without attributes', `${host}<%@ Assembly %>`, 1, 'needs the attribute Name or Src'],
  ['no Boolean', '<%@ ServiceHost Service="S"\n\nDebug="yes" %>', 3, 'has “yes” as Debug'],
  ['a negative warning level', '<%@ ServiceHost Service="S" warningLevel="-1" %>', 1, 'has “-1” as warningLevel'],
  ['no end', '\n<%@ ServiceHost Service="S"', 2, 'has the directive ServiceHost without a closing %>'],
  ['no end before code', '<%@ ServiceHost Service="S"\nclass S { }', 1, 'ServiceHost without a closing %>'],
  ['an end without %', '<%@ ServiceHost Service="S" >', 1, 'ServiceHost without a closing %>'],
  ['an open quotation mark', '<%@ ServiceHost Service="S %>', 1, 'where an attribute with a value or the closing %>'],
  ['an attribute without a value', '<%@ ServiceHost Debug Service="S" %>', 1, 'has “Debug'],
])('%s is refused', (_, text, line, wrong) => {
  expect(parseSvc(text)).toEqual({ line, wrong: expect.stringContaining(wrong) })
})

test.each([
  `<%@ ${'x'.repeat(100_000)} %>`,
  `<%@ ServiceHost ${'x'.repeat(100_000)}="1" %>`,
  `<%@ ServiceHost Debug="${'x'.repeat(100_000)}" %>`,
])('what is wrong is told in a short sentence, whatever the file holds', (text) => {
  expect(parseSvc(text)).toEqual({ line: 1, wrong: expect.stringMatching(/^.{20,300}$/) })
})

test('a wrong .svc file keeps only its own service from being activated', async () => {
  const { services } = await servicesOf({ 'a.svc': '<%@ ServiceHost %>', 'b.svc': host })
  expect(services).toMatchObject([
    {
      path: '/a.svc',
      name: undefined,
      endpoints: [],
      problem: { code: 'SERVICE_FILE_INVALID', reply: 'ServiceActivationFailed' },
    },
    { path: '/b.svc', name: 'S', problem: undefined, endpoints: [{ address: '' }] },
  ])
  expect(services[0]?.problem?.message).toMatch(/a\.svc:1: the service file needs the attribute Service or Factory/)
})

test.each([
  ['UTF-16', Buffer.from(`\ufeff${host}`, 'utf16le'), 'SERVICE_FILE_INVALID', 'not UTF-8'],
  ['too large', `${host}${' '.repeat(1024 * 1024)}`, 'SERVICE_FILE_INVALID', 'larger than 1 MiB'],
])('a .svc file that is %s is the problem of its service', async (_, content, code, message) => {
  const { services } = await servicesOf({ 'a.svc': content, 'b.svc': host })
  expect(services).toMatchObject([{ problem: { code } }, { name: 'S', problem: undefined }])
  expect(services[0]?.problem?.message).toContain(message)
})

test('a pipe in place of a .svc file is the problem of its service, and nobody waits for its other end', async () => {
  await inFolder({ 'b.svc': host }, async (folder) => {
    execFileSync('mkfifo', [join(folder, 'a.svc')])
    const { services } = await readServices(folder)
    expect(services).toMatchObject([{ problem: { code: 'SERVICE_FILE_UNREADABLE' } }, { name: 'S' }])
  })
})

test('two .svc files that only case tells apart keep each other from being activated, and no other', async () => {
  const { services } = await servicesOf({ 'Orders.svc': host, 'orders.SVC': host, 'x.svc': host })
  expect(services).toMatchObject([
    { problem: { code: 'SERVICE_FILE_INVALID' } },
    { path: '/x.svc', problem: undefined },
  ])
  expect(services[0]?.problem?.message).toMatch(
    /Orders\.svc:1: the service file has the same path as .*orders\.SVC .*keep one/,
  )
})

test('what has no effect in a .svc file comes with the notices', async () => {
  const { notices } = await servicesOf({ 'a.svc': `${host}\nclass S { }` })
  expect(notices).toMatchObject([
    { file: '/a.svc', line: 2, text: expect.stringMatching(/^\/a\.svc:2: code is accepted but is not compiled/) },
  ])
})

test.each([' ', '\n', '<%--', '<%@ ', '<%@ a="', '<%@ ServiceHost x=1 ', '<%@ ServiceHost Service="a" %>', '-%>', '"'])(
  'a file full of %j is read or refused quickly',
  (piece) => {
    const before = performance.now()
    parseSvc(piece.repeat(Math.floor(1_000_000 / piece.length)))
    parseSvc(`<%@ ServiceHost ${piece.repeat(Math.floor(1_000_000 / piece.length))}`)
    expect(performance.now() - before).toBeLessThan(2000)
  },
)
