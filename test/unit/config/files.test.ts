/** Configuration files as a whole: well-formed or not, readable or not, and sections of others in them. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfiguration } from '#config/configuration.ts'
import { hostFile, problemsOf, readTexts, sharingFile, site } from './read-texts.ts'

test('the files that decide are named absolutely, even the one that is missing', async () => {
  const { files } = await readTexts({})
  expect(files).toEqual([
    expect.stringMatching(/^\/.*\/applicationHost\.config$/),
    expect.stringMatching(/^\/.*\/SMSvcHost\.exe\.config$/),
  ])
})

test('a folder without applicationHost.config is refused as unreadable', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portico-config-'))
  await expect(readConfiguration(directory)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  await writeFile(join(directory, 'applicationHost.config'), hostFile(''))
  await expect(readConfiguration(directory)).resolves.toBeDefined()
  await rm(directory, { recursive: true })
})

test.each(['applicationHost.config', 'SMSvcHost.exe.config'])(
  'a folder in place of %s is refused as unreadable',
  async (name) => {
    const directory = await mkdtemp(join(tmpdir(), 'portico-config-'))
    await writeFile(join(directory, 'applicationHost.config'), hostFile(''))
    await rm(join(directory, name), { force: true })
    await mkdir(join(directory, name))
    await expect(readConfiguration(directory)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      args: { file: join(directory, name) },
    })
    await rm(directory, { recursive: true })
  },
)

test.each(['applicationHost.config', 'SMSvcHost.exe.config'])(
  'a pipe in place of %s is refused as unreadable, and nobody waits for its other end',
  async (name) => {
    const directory = await mkdtemp(join(tmpdir(), 'portico-config-'))
    await writeFile(join(directory, 'applicationHost.config'), hostFile(''))
    await rm(join(directory, name), { force: true })
    execFileSync('mkfifo', [join(directory, name)])
    await expect(readConfiguration(directory)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      args: { file: join(directory, name), reason: 'it is not a regular file' },
    })
    await rm(directory, { recursive: true })
  },
)

test('the problems of both files come together, each with file and line', async () => {
  const problems = await problemsOf({
    host: hostFile('<add name="p" queueLength="1"/>', site('<application path="x"/>')),
    sharing: sharingFile('<net.tcp listenBacklog="x"/>'),
  })
  expect(problems.map(({ file, line, attribute }) => [file.split('/').at(-1), line, attribute])).toEqual([
    ['applicationHost.config', 2, 'queueLength'],
    ['applicationHost.config', 3, 'path'],
    ['SMSvcHost.exe.config', 2, 'listenBacklog'],
  ])
})

const doctype = '<!DOCTYPE configuration [<!ENTITY a "aaaa">]>'

test.each([
  ['a DOCTYPE', `<?xml version="1.0"?>\n${doctype}\n<configuration/>`, 2, 'DOCTYPE'],
  ['a DOCTYPE behind a comment', `<!-- ok -->\n<!--\n-->${doctype}<configuration/>`, 3, 'DOCTYPE'],
  ['a DOCTYPE hidden by a processing instruction', `<?a <!-- ?>${doctype}<!-- --><configuration/>`, 1, 'DOCTYPE'],
  ['an unknown entity', hostFile('\n<add name="&a;"/>'), 3, 'unknown entity'],
  ['a bare ampersand', hostFile('\n<add name="a & b"/>'), 3, 'bare &'],
  ['a reference to a forbidden character', hostFile('\n<add name="&#0;"/>'), 3, 'unknown entity'],
  [
    'an element that is not closed',
    '<configuration>\n<system.applicationHost>\n</configuration>',
    3,
    'not well-formed',
  ],
  ['the wrong closing tag', '<configuration>\n<a>\n</b></configuration>', 3, 'not well-formed'],
  ['an attribute written twice', hostFile('\n\n<add name="a" name="b"/>'), 4, 'not well-formed'],
  ['an attribute without a value', hostFile('\n<add name/>'), 3, 'not well-formed'],
  ['an open quotation mark', hostFile('\n<add name="p/>'), 3, 'not well-formed'],
  ['a comment without an end', '<configuration>\n<!-- x\n</configuration>', 1, 'not well-formed'],
  ['a comment without an end behind the root', '<configuration/>\n<!-- x', 1, 'a comment has no end'],
  ['a second root element', '<configuration/>\n<configuration/>', 2, 'second root'],
  ['text behind the end', '<configuration></configuration>\nend', 2, 'not well-formed'],
  ['nothing', '', 1, 'not well-formed'],
  ['something else', 'listen 808', 1, 'not well-formed'],
  ['another root', '\n<settings/>', 2, 'must be <configuration>'],
  [
    'very deep elements',
    `<configuration>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</configuration>`,
    1,
    'nest too deeply',
  ],
  ['a name that JavaScript reserves', '<configuration><constructor/></configuration>', 1, 'reserved name'],
  ['no section for Portico', '<configuration/>', 1, 'needs the section system.applicationHost'],
  [
    'the section twice',
    hostFile('').replace('</configuration>', '\n<system.applicationHost/></configuration>'),
    5,
    'twice',
  ],
  ['a text among the elements', hostFile('stray'), 2, 'holds a text'],
  [
    'a mistyped section',
    hostFile('').replaceAll('system.applicationHost', 'system.applicationhost'),
    1,
    'did you mean',
  ],
  [
    'a section of the other file',
    hostFile('').replace('</configuration>', '<system.serviceModel.activation/></configuration>'),
    4,
    'SMSvcHost',
  ],
  ['UTF-16', Buffer.from(`\ufeff${hostFile('')}`, 'utf16le'), 1, 'not UTF-8'],
  ['a byte that is not UTF-8', Buffer.concat([Buffer.from(hostFile('')), Buffer.from([0xff])]), 1, 'not UTF-8'],
  ['more than 1 MiB', `${hostFile('')}${' '.repeat(1024 * 1024)}`, 1, 'larger than 1 MiB'],
] as const)('%s is refused', async (_, host, line, expected) => {
  const problems = await problemsOf({ host })
  expect(problems.map((problem) => problem.expected)).toContainEqual(expect.stringContaining(expected))
  expect(problems[0]?.line).toBe(line)
})

test.each([
  ['a byte order mark', `\ufeff${hostFile('')}`],
  ['Windows line ends', hostFile('').replaceAll('\n', '\r\n')],
  [
    'comments everywhere',
    `<!-- <!DOCTYPE --><?pi?>${hostFile('<!-- a --><add name="q"/><!-- <add name="q"/> -->')}<!-- end -->`,
  ],
  ['single quotation marks', hostFile("<add name='q'/>")],
  ['references to characters', hostFile('<add name="caf&#233; &#x41;"/>')],
])('%s is accepted', async (_, host) => {
  await expect(readTexts({ host })).resolves.toMatchObject({ notices: [] })
})

test('lines are counted alike with Windows line ends', async () => {
  const host = hostFile('\n\n<add name="p"\n queueLength="1"/>').replaceAll('\n', '\r\n')
  expect((await problemsOf({ host }))[0]?.line).toBe(5)
})

test('an attribute of a tag over several lines is reported in its own line', async () => {
  const host = hostFile('<add\n  name = "p"\n  startMode="queueLength"\n  queueLength\n = "9"/>')
  const lines = (await problemsOf({ host })).map(({ attribute, line }) => [attribute, line])
  expect(lines).toEqual([
    ['startMode', 4],
    ['queueLength', 5],
  ])
})

test('sections of other products, and location, are ignored', async () => {
  const others =
    '<configSections><x/></configSections><system.webServer nonsense="1"/><location path="x"><system.applicationHost wrong="1"/></location><runtime/>'
  await expect(
    readTexts({ host: hostFile('').replace('</configuration>', `${others}</configuration>`) }),
  ).resolves.toMatchObject({
    notices: [],
  })
  const sharing = `<configuration><runtime><gcConcurrent enabled="false"/></runtime><system.serviceModel><diagnostics performanceCounters="Off"/></system.serviceModel></configuration>`
  await expect(readTexts({ sharing })).resolves.toMatchObject({ notices: [], sharing: { listenBacklog: 48 } })
})

test.each([
  ['<add name="p" quueLength="5"/>', 'did you mean queueLength?'],
  ['<add name="p" QueueLength="5"/>', 'names are case-sensitive: write queueLength'],
  ['<add name="p"><processmodel/></add>', 'names are case-sensitive: write processModel'],
  ['<add name="p"><procesModel/></add>', 'did you mean processModel?'],
  ['<pool name="p"/>', 'known here: add, applicationPoolDefaults'],
  ['<add name="p" xyzzy="5"/>', 'known here: name, queueLength'],
])('an unknown name says which was meant: %s', async (pools, expected) => {
  expect((await problemsOf({ host: hostFile(pools) }))[0]?.expected).toContain(expected)
})

test.each([
  [
    'as an attribute that exists',
    hostFile('<add name="p" queueLength="1"><processModel userName="u" password="hunter2"/></add>'),
  ],
  ['under a mistyped name', hostFile('<add name="p"><processModel pasword="hunter2"/></add>')],
  ['in the wrong element', hostFile('<add name="p" password="hunter2"/>')],
  ['in a broken tag', hostFile('<add name="p"><processModel userName="u password="hunter2"/></add>')],
  ['with an entity', hostFile('<add name="p"><processModel password="hunter2&x;"/></add>')],
  [
    'in the environment',
    hostFile('<add name="p"><environmentVariables><add name="KEY" Value="hunter2"/></environmentVariables></add>'),
  ],
  ['as text', hostFile('<add name="p">hunter2</add>')],
])('a password never appears in a message: %s', async (_, host) => {
  const problems = await problemsOf({ host })
  expect(problems.length).toBeGreaterThan(0)
  expect(JSON.stringify(problems)).not.toContain('hunter2')
})

test('a value cannot write lines of its own into the log, or fill it', async () => {
  const [broken] = await problemsOf({ host: hostFile('<add name="p" queueLength="1&#10;2"/>') })
  expect(broken?.text).not.toContain('\n')
  const [long] = await problemsOf({ host: hostFile(`<add name="p" queueLength="${'9'.repeat(100_000)}"/>`) })
  expect(long?.text.length).toBeLessThan(500)
})

test('of very many problems the first hundred are told, and how many there are besides', async () => {
  const attributes = Array.from({ length: 40_000 }, (_, n) => `a${n}="" `).join('')
  const before = performance.now()
  const problems = await readTexts({ host: hostFile(`<add name="p" ${attributes}/>`) }).catch(
    (error) => error.args.problems,
  )
  expect(problems).toHaveLength(101)
  expect(problems.at(-1)).toBe('and 39900 more')
  expect(performance.now() - before).toBeLessThan(5000)
})

test.each(['<!--', '<?', '<![CDATA[', '<', '&', '<a b="'])('a file full of %s is refused quickly', async (piece) => {
  const before = performance.now()
  await expect(readTexts({ host: piece.repeat(Math.floor(1_000_000 / piece.length)) })).rejects.toThrow()
  expect(performance.now() - before).toBeLessThan(5000)
})
