/** The web.config of an application as a whole: found or not, readable or not, and what belongs to others in it. */
import { execFileSync } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PorticoError } from '#base/errors.ts'
import { readServices } from '#config/services.ts'
import { inFolder, problemsOf, service, servicesOf, webConfig } from './service-folders.ts'

const tcp = '<endpoint address="tcp" binding="netTcpBinding" contract="I"/>'
const quiet = '<bindings><netTcpBinding><binding><security mode="None"/></binding></netTcpBinding></bindings>'

test('web.config is found in the spelling of Windows', async () => {
  expect((await servicesOf({ 'Web.config': webConfig(service(tcp)) })).own).toMatchObject([{ at: '/Web.config:3' }])
})

test('two spellings of web.config are refused', async () => {
  const text = webConfig('')
  expect(await problemsOf({ 'web.config': text, 'Web.config': text })).toMatchObject([
    { file: '/web.config', expected: expect.stringContaining('stands beside /Web.config') },
  ])
})

test('all problems of the file come together, in the order of the file', async () => {
  const inside = [
    '<bindings><netTcpBinding><binding maxConections="5"/></netTcpBinding></bindings>',
    service('<endpoint binding="netTcpBinding"/>'),
    '<serviceHostingEnvironment minFreeMemoryPercentageToActivateService="100"/>',
  ]
  const problems = await problemsOf({ 'web.config': webConfig(inside.join('\n')) })
  expect(problems.map(({ line, element }) => [line, element])).toEqual([
    [3, 'binding'],
    [4, 'endpoint'],
    [5, 'serviceHostingEnvironment'],
  ])
})

test('a pipe in place of web.config is refused as unreadable, and nobody waits for its other end', async () => {
  await inFolder({}, async (folder) => {
    execFileSync('mkfifo', [join(folder, 'web.config')])
    await expect(readServices(folder)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      args: { file: join(folder, 'web.config'), reason: 'it is not a regular file' },
    })
  })
})

test('a folder that is called web.config is a folder like others', async () => {
  const files = { 'web.config/a.svc': '<%@ ServiceHost Service="S" %>' }
  expect((await servicesOf(files)).services).toMatchObject([{ path: '/web.config/a.svc' }])
})

test.skipIf(process.getuid?.() === 0)('a closed web.config is refused as unreadable', async () => {
  await inFolder({ 'web.config': webConfig('') }, async (folder) => {
    await chmod(join(folder, 'web.config'), 0)
    await expect(readServices(folder)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })
})

test.each([
  ['a DOCTYPE', '<!DOCTYPE configuration []><configuration/>', 'DOCTYPE'],
  ['more than 1 MiB', `<configuration/>${' '.repeat(1024 * 1024)}`, 'larger than 1 MiB'],
  ['UTF-16', Buffer.from('\ufeff<configuration/>', 'utf16le'), 'not UTF-8'],
  ['an open tag', '<configuration>', 'not well-formed'],
  ['another root', '<config/>', 'must be <configuration>'],
])('%s is refused', async (_, content, expected) => {
  expect(await problemsOf({ 'web.config': content })).toMatchObject([{ expected: expect.stringContaining(expected) }])
})

test('sections of other products, and of WCF that Portico does not read, are accepted without a word', async () => {
  const ofWcf =
    '<behaviors><serviceBehaviors><behavior x="1"/></serviceBehaviors></behaviors><client><endpoint wrong="1"/></client><extensions/><diagnostics wmiProviderEnabled="1"/><protocolMapping/><standardEndpoints/><routing/><tracking/><comContracts/><commonBehaviors/><machineSettings/>'
  const bindings = `<bindings><basicHttpBinding><binding wrong="1"/></basicHttpBinding><ourBinding/><netTcpBinding/></bindings>`
  const ofOthers =
    '<appSettings><add key="a" value="b"/></appSettings><system.web><compilation debug="true"/></system.web><system.webServer/>'
  const text = webConfig(ofWcf + bindings).replace('<system.serviceModel>', `${ofOthers}<system.serviceModel>`)
  expect(await servicesOf({ 'web.config': text })).toMatchObject({ notices: [], own: [{ address: '' }] })
})

test('a slip in the name of the section is refused', async () => {
  const text = webConfig('').replaceAll('serviceModel', 'servicemodel')
  expect(await problemsOf({ 'web.config': text })).toMatchObject([
    { line: 2, expected: 'is not a known section; did you mean system.serviceModel?' },
  ])
})

test('the section may stand there only once', async () => {
  const text = webConfig('</system.serviceModel><system.serviceModel>')
  expect(await problemsOf({ 'web.config': text })).toMatchObject([{ expected: expect.stringContaining('twice') }])
})

test.each([
  ['<service/>', 'did you mean services?'],
  ['<Services/>', 'names are case-sensitive: write services'],
  ['<binding/>', 'did you mean bindings?'],
  ['<servicesHostingEnvironment/>', 'did you mean serviceHostingEnvironment?'],
  ['<bindings><nettcpbinding/></bindings>', 'write netTcpBinding'],
  ['<bindings><customBindings/></bindings>', 'did you mean customBinding?'],
  ['<services/><services/>', 'stands here twice'],
  ['<services configSource="services.config"/>', 'names a file that is not read; write its content here'],
  ['<bindings><netTcpBinding><binding/>text</netTcpBinding></bindings>', 'holds a text'],
])('what is wrong around the parts that are read is refused: %s', async (inside, expected) => {
  expect(await problemsOf({ 'web.config': webConfig(inside) })).toMatchObject([
    { line: 3, expected: expect.stringContaining(expected) },
  ])
})

test.each(['path="."', 'path="" inheritInChildApplications="false"', ''])(
  'a location for the application itself counts: <location %s>',
  async (attributes) => {
    const section = `<system.serviceModel>${quiet}${service(tcp)}</system.serviceModel>`
    const text = `<configuration><location ${attributes}>${section}</location></configuration>`
    expect(await servicesOf({ 'web.config': text })).toMatchObject({ own: [{ address: 'tcp' }], notices: [] })
  },
)

test('a location for a part of the application is not read, and noticed when it is about services', async () => {
  const inside = '<system.serviceModel wrong="1"/>'
  const text = `<configuration><location path="a"><system.web/></location>\n<location path="b">${inside}</location></configuration>`
  expect(await servicesOf({ 'web.config': text })).toMatchObject({
    own: [{ address: '' }],
    notices: [{ element: 'system.serviceModel', line: 2, text: expect.stringContaining('is not read') }],
  })
})

async function noticesOf(environment: string): Promise<string[]> {
  const { notices } = await servicesOf({ 'web.config': webConfig(environment) })
  return notices.map(({ text }) => text)
}

test.each([
  ['<serviceHostingEnvironment/>', []],
  ['<serviceHostingEnvironment aspNetCompatibilityEnabled="false" multipleSiteBindingsEnabled="true"/>', []],
  ['<serviceHostingEnvironment aspNetCompatibilityEnabled="true"/>', ['there is no ASP.NET here']],
  ['<serviceHostingEnvironment closeIdleServicesAtLowMemory="true"/>', ['closeIdleServicesAtLowMemory="true"']],
  ['<serviceHostingEnvironment minFreeMemoryPercentageToActivateService="0"/>', []],
  ['<serviceHostingEnvironment minFreeMemoryPercentageToActivateService="5"/>', ['not in force yet']],
  ['<serviceHostingEnvironment multipleSiteBindingsEnabled="false"/>', ['all net.tcp bindings of the site']],
  [
    '<serviceHostingEnvironment><baseAddressPrefixFilters><add prefix="net.tcp://h:808"/></baseAddressPrefixFilters></serviceHostingEnvironment>',
    ['all net.tcp bindings of the site'],
  ],
  [
    '<serviceHostingEnvironment><clear/><add name="net.tcp" transportConfigurationType="T, A"/></serviceHostingEnvironment>',
    ['<add> is accepted but has no meaning on Linux'],
  ],
])('%s gives the notices %j', async (environment, expected) => {
  expect(await noticesOf(environment)).toEqual(expected.map((text) => expect.stringContaining(text)))
})

const filters = (...prefixes: string[]) =>
  `<serviceHostingEnvironment><baseAddressPrefixFilters>${prefixes.map((prefix) => `<add prefix="${prefix}"/>`).join('')}</baseAddressPrefixFilters></serviceHostingEnvironment>`

test.each([
  ['<serviceHostingEnvironment aspNetCompatibilityEnabled="yes"/>', 'true or false'],
  ['<serviceHostingEnvironment minFreeMemoryPercentageToActivateService="100"/>', 'from 0 to 99'],
  ['<serviceHostingEnvironment multipleSiteBindings="true"/>', 'is not an attribute of serviceHostingEnvironment'],
  ['<serviceHostingEnvironment><serviceActivation/></serviceHostingEnvironment>', 'did you mean serviceActivations?'],
  ['<serviceHostingEnvironment><add name="net.tcp"/></serviceHostingEnvironment>', 'transportConfigurationType'],
  [filters('h:808'), 'must be an absolute address'],
  [filters('net.tcp://a', 'net.tcp://b'), 'is the second address with the scheme net.tcp'],
])('refused: %s', async (environment, expected) => {
  expect(await problemsOf({ 'web.config': webConfig(environment) })).toMatchObject([
    { line: 3, expected: expect.stringContaining(expected) },
  ])
})

test('damaged files are read or refused with an error of the catalogue, never anything else', async () => {
  const whole = webConfig(
    `${quiet}${service(tcp)}<serviceHostingEnvironment><serviceActivations><add relativeAddress="~/x.svc" service="S"/></serviceActivations></serviceHostingEnvironment>`,
  )
  const damage = fc.record({ at: fc.nat(whole.length), cut: fc.nat(12), put: fc.string({ maxLength: 6 }) })
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, cut, put }) => {
      const text = whole.slice(0, at) + put + whole.slice(at + cut)
      const thrown = await servicesOf({ 'web.config': text }).catch((error: unknown) => error)
      if (thrown instanceof Error) expect(thrown).toBeInstanceOf(PorticoError)
    }),
    { numRuns: 300 },
  )
})

test('folders that were not searched to their end are noticed', async () => {
  await inFolder({ 'a/b/c/d/e/f/g/h/i/x.svc': '<%@ ServiceHost Service="S" %>' }, async (folder) => {
    const { services, notices } = await readServices(folder)
    expect(services).toEqual([])
    expect(notices).toMatchObject([{ file: join(folder, 'a/b/c/d/e/f/g/h'), kind: 'noEffect' }])
    expect(notices[0]?.text).toContain('was not searched')
  })
})

test('what is read cannot be changed', async () => {
  const read = await inFolder(
    { 'web.config': webConfig(service(tcp)), 'a.svc': '<%@ ServiceHost Service="S" %>' },
    readServices,
  )
  const parts = [read, read.services, read.own, read.notices, read.services[0], read.services[0]?.endpoints]
  expect([...parts, read.services[0]?.endpoints[0]?.transport.written].every(Object.isFrozen)).toBe(true)
})
