/** Sites: bindings, applications, folders, and what they inherit. */
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Application, Site } from '#config/configuration.ts'
import { hostFile, problemsOf, readTexts, site } from './read-texts.ts'

async function sitesOf(sites: string, pools = ''): Promise<readonly Site[]> {
  return (await readTexts({ host: hostFile(pools, sites) })).sites
}

async function applicationOf(sites: string, pools = ''): Promise<Application | undefined> {
  return (await sitesOf(sites, pools))[0]?.applications[0]
}

const binding = (protocol: string, information: string) =>
  `<site name="Main" id="1"><bindings><binding protocol="${protocol}" bindingInformation="${information}"/></bindings></site>`

describe('binding information', () => {
  test.each([
    ['net.tcp', '808:*', { port: 808, host: '', mode: 'WeakWildcard' }],
    ['net.tcp', '808:', { port: 808, host: '', mode: 'WeakWildcard' }],
    ['net.tcp', '808:+', { port: 808, host: '', mode: 'StrongWildcard' }],
    ['net.tcp', ':*', { port: 808, host: '', mode: 'WeakWildcard' }],
    ['net.tcp', ' 9000 :*', { port: 9000, host: '', mode: 'WeakWildcard' }],
    ['net.tcp', '9000:host', { port: 9000, host: 'host', mode: 'Exact' }],
    ['NET.TCP', '9000:Host.Example.org', { port: 9000, host: 'Host.Example.org', mode: 'Exact' }],
    ['net.tcp', '808:[::1]', { port: 808, host: '[::1]', mode: 'Exact' }],
    ['net.tcp', '808:10.0.0.5', { port: 808, host: '10.0.0.5', mode: 'Exact' }],
    ['http', '*:80:', { port: 80, host: '', mode: 'WeakWildcard' }],
    ['https', '[::1]:443:shop.example', { port: 443, host: 'shop.example', mode: 'Exact' }],
    ['net.pipe', '*', { port: undefined, host: '', mode: 'WeakWildcard' }],
    ['net.msmq', 'localhost', { port: undefined, host: 'localhost', mode: 'Exact' }],
  ])('%s "%s" is understood', async (protocol, information, expected) => {
    const [read] = await sitesOf(binding(protocol, information))
    expect(read?.bindings).toEqual([{ protocol: protocol.toLowerCase(), information, ...expected }])
  })

  test.each([
    ['net.tcp', 'abc:*', 'a port from 1 to 65535'],
    ['net.tcp', '808', 'port:host for net.tcp, as 808:*'],
    ['net.tcp', '1:2:3', 'port:host for net.tcp, as 808:*'],
    ['net.tcp', '99999:*', 'a port from 1 to 65535'],
    ['net.tcp', '0:*', 'a port from 1 to 65535'],
    ['net.tcp', '-1:*', 'a port from 1 to 65535'],
    ['net.tcp', '', 'port:host for net.tcp'],
    ['net.tcp', '808:::1', 'port:host for net.tcp'],
    ['net.tcp', '808:[::1', 'a host'],
    ['net.tcp', '808:[nonsense]', 'a host'],
    ['net.tcp', '808:a b', 'a host'],
    ['net.tcp', '808:*.example.org', 'a host'],
    ['http', '80:*', 'address:port:host for http'],
    ['net.pipe', 'a:b', 'host for net.pipe'],
    ['net tcp', '808:*', 'a protocol name'],
  ])('%s "%s" is refused', async (protocol, information, expected) => {
    const problems = await problemsOf({ host: hostFile('', binding(protocol, information)) })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ line: 3, element: 'binding' })
    expect(problems[0]?.expected).toContain(expected)
  })

  test('a site adds its bindings to those of siteDefaults, unless it clears them', async () => {
    const defaults =
      '<siteDefaults><bindings><binding protocol="net.tcp" bindingInformation="9000:*"/></bindings></siteDefaults>'
    const [first, second] = await sitesOf(
      `${defaults}${site('')}<site name="Two" id="2"><bindings><clear/><binding protocol="net.tcp" bindingInformation="7000:*"/></bindings></site>`,
    )
    expect(first?.bindings.map((b) => b.port)).toEqual([9000, 808])
    expect(second?.bindings.map((b) => b.port)).toEqual([7000])
  })
})

test('the site with the lowest id comes first, wherever it stands', async () => {
  const sites = await sitesOf('<site name="B" id="12"/><site name="A" id="3" serverAutoStart="false"/>')
  expect(sites.map(({ name, id, serverAutoStart }) => ({ name, id, serverAutoStart }))).toEqual([
    { name: 'A', id: 3, serverAutoStart: false },
    { name: 'B', id: 12, serverAutoStart: true },
  ])
})

test.each([
  [site('<application path="/a" applicationPool="other"/>'), 'Other'],
  [site('<application path="/a"/>'), 'DefaultAppPool'],
  [site('<applicationDefaults applicationPool="Other"/><application path="/a"/>'), 'Other'],
  [`<applicationDefaults applicationPool="Other"/>${site('<application path="/a"/>')}`, 'Other'],
  [`<applicationDefaults applicationPool="Other"/>${site('<application path="/a" applicationPool=""/>')}`, 'Other'],
  [
    `<applicationDefaults applicationPool="Other"/>${site('<applicationDefaults applicationPool="Third"/><application path="/a"/>')}`,
    'Third',
  ],
  [
    `<applicationDefaults applicationPool="Other"/>${site('<applicationDefaults applicationPool=""/><application path="/a"/>')}`,
    'Other',
  ],
])('the pool of the application in %s is %s', async (sites, pool) => {
  expect((await applicationOf(sites, '<add name="Other"/><add name="Third"/>'))?.pool).toBe(pool)
})

test('an application without any pool named runs in the first one when there is no DefaultAppPool', async () => {
  const host = hostFile('', site('<application path="/a"/>')).replace('"DefaultAppPool"', '"Zebra"')
  const { sites } = await readTexts({ host })
  expect(sites[0]?.applications[0]?.pool).toBe('Zebra')
  expect(sites[0]?.applicationDefaults.pool).toBe('Zebra')
})

test.each([
  [site('<application path="/a" enabledProtocols=" HTTP, net.tcp,net.tcp"/>'), ['http', 'net.tcp'], true],
  [site('<application path="/a"/>'), ['http'], false],
  [site('<applicationDefaults enabledProtocols="net.tcp"/><application path="/a"/>'), ['net.tcp'], true],
  [`<applicationDefaults enabledProtocols="net.tcp"/>${site('<application path="/a"/>')}`, ['net.tcp'], true],
])('the protocols of the application in %s are %j', async (sites, protocols, protocolsWritten) => {
  expect(await applicationOf(sites)).toMatchObject({ protocols, protocolsWritten })
})

test('what an application deployed as a folder inherits is part of its site', async () => {
  const defaults = '<applicationDefaults applicationPool="Other" enabledProtocols="net.tcp" preloadEnabled="true"/>'
  const [inherits] = await sitesOf(`${defaults}${site('')}`, '<add name="Other"/>')
  expect(inherits?.applicationDefaults).toEqual({ pool: 'Other', protocols: ['net.tcp'], preloadEnabled: true })
  const [plain] = await sitesOf(site(''))
  expect(plain?.applicationDefaults).toEqual({ pool: 'DefaultAppPool', protocols: undefined, preloadEnabled: false })
})

describe('the folder of an application', () => {
  const application = (directories: string) => site(`<application path="/a">${directories}</application>`)

  test.each([
    ['', undefined],
    ['<virtualDirectory path="/"/>', undefined],
    ['<virtualDirectory path="/" physicalPath="/srv/a"/>', '/srv/a'],
    ['<virtualDirectory path="/" physicalPath="%SRV%/a"/>', '/srv/apps/a'],
    ['<virtualDirectoryDefaults physicalPath="/srv/b"/><virtualDirectory path="/"/>', '/srv/b'],
    ['<virtualDirectory path="/images" physicalPath="/srv/images"/>', undefined],
  ])('%s is %s', async (directories, folder) => {
    expect((await applicationOf(application(directories)))?.physicalPath).toBe(folder)
  })

  test('starts at the folder that holds the configuration folder when it is relative', async () => {
    const { sites, files } = await readTexts({
      host: hostFile('', application('<virtualDirectory path="/" physicalPath="apps/orders"/>')),
    })
    const installation = dirname(dirname(files[0] ?? ''))
    expect(sites[0]?.applications[0]?.physicalPath).toBe(`${installation}/apps/orders`)
  })

  test.each([
    ['<virtualDirectory path="/" physicalPath="%NOWHERE%/a"/>', 'the environment variable NOWHERE, which is not set'],
    ['<virtualDirectory path="/" physicalPath="C:/inetpub"/>', 'a folder of this machine'],
    ['<virtualDirectory path="/" physicalPath="\\\\server\\share"/>', 'a folder of this machine'],
    ['<virtualDirectory physicalPath="/srv/a"/>', 'needs the attribute path'],
    ['<virtualDirectory path="/"/><virtualDirectory path="/"/>', 'stands here twice'],
  ])('%s is refused', async (directories, expected) => {
    const problems = await problemsOf({ host: hostFile('', application(directories)) })
    expect(problems.map((problem) => problem.expected)).toEqual([expect.stringContaining(expected)])
  })
})

test.each([
  ['<site id="1"/>', 'needs the attribute name'],
  ['<site name="A"/>', 'needs the attribute id'],
  ['<site name="A" id="0"/>', 'from 1 to'],
  ['<site name="A" id="one"/>', 'a whole number'],
  ['<site name="a\\b" id="1"/>', 'without'],
  ['<site name="A" id="1"/><site name="a" id="2"/>', 'is the name of the site in line 3'],
  ['<site name="A" id="1"/><site name="B" id="1"/>', 'is the id of the site in line 3'],
  ['<site name="A" id="1"><limits maxBandwidth="1023"/></site>', 'from 1024'],
  [
    '<site name="A" id="1"><bindings><remove protocol="net.tcp" bindingInformation="808:*"/></bindings></site>',
    'is not an element of bindings',
  ],
  [site('<application path="a"/>'), 'starts with /'],
  [site('<application path="/a/"/>'), 'does not end with it'],
  [site('<application path="/a/../b"/>'), 'segments'],
  [site('<application path="/a//b"/>'), 'segments'],
  [site('<application/>'), 'needs the attribute path'],
  [site('<application path="/a"/><application path="/A"/>'), 'paths are unique in a site'],
  [site('<application path="/a" enabledProtocols=""/>'), 'protocol names'],
  [site('<application path="/a" applicationPool="DefaultApPool"/>'), 'did you mean DefaultAppPool?'],
  [site('<application path="/a" applicationPool="Finance"/>'), 'applicationPools has none of that name'],
  ['<applicationDefaults applicationPool="Finance"/>', 'applicationPools has none of that name'],
  [site('<application path="/a" pool="x"/>'), 'is not an attribute of application'],
])('refused: %s', async (sites, expected) => {
  const problems = await problemsOf({ host: hostFile('', sites) })
  expect(problems.map((problem) => problem.expected)).toEqual([expect.stringContaining(expected)])
  expect(problems[0]?.line).toBe(3)
})

test('one binding written twice in a site is refused', async () => {
  const twice = '<binding protocol="net.tcp" bindingInformation="808:*"/>'.repeat(2)
  const problems = await problemsOf({
    host: hostFile('', `<site name="A" id="1"><bindings>${twice}</bindings></site>`),
  })
  expect(problems.map((problem) => problem.expected)).toEqual([expect.stringContaining('stands here twice')])
})

test('10,000 applications are read in less than two seconds', async () => {
  const applications = Array.from(
    { length: 10_000 },
    (_, n) => `<application path="/a${n}" enabledProtocols="net.tcp"/>\n`,
  )
  const host = hostFile('', site(applications.join('')))
  const before = performance.now()
  const { sites } = await readTexts({ host })
  expect(performance.now() - before).toBeLessThan(2000)
  expect(sites[0]?.applications).toHaveLength(10_000)
})
