import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseVia } from '#framing/via.ts'
import { isMeantAsApplication, pathOfFolder } from '#registry/application.ts'
import { portsOf, routesOf, urlsOf } from '#registry/routes.ts'
import { compose, type Snapshot } from '#registry/snapshot.ts'
import { hostFile, readTexts } from '../config/read-texts.ts'

const binding = (information: string, protocol = 'net.tcp') =>
  `<binding protocol="${protocol}" bindingInformation="${information}"/>`
const site = (bindings: string, inside = '', more = 'name="Main" id="1"') =>
  `<site ${more}><bindings>${bindings}</bindings>${inside}</site>`

async function deployed(sites: string, folders: readonly string[] = []): Promise<Snapshot> {
  const configuration = await readTexts({ host: hostFile('<add name="Other"/>', sites) })
  return compose(
    configuration,
    '/srv/apps',
    new Map(folders.map((name) => [name, { folder: join('/srv/apps', name), version: 'first', changedAt: 0 }])),
  )
}

const only = (snapshot: Snapshot, id: string) => {
  const application = snapshot.applications.get(id)
  if (!application) throw new Error(`${id} is not deployed`)
  return application
}

describe('the path of a folder', () => {
  test('is the one that a client asks for, whatever the name', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 30 })
      .filter((text) => !/[/\\\0\uFFFD]/.test(text) && text !== '.' && text !== '..')
    fc.assert(
      fc.property(name, (text) => {
        const path = pathOfFolder(text)
        expect(parseVia(`net.tcp://localhost${path}`)?.path).toBe(path)
        expect(decodeURIComponent(path ?? '')).toBe(`/${text}`)
      }),
    )
  })

  test.each([
    ['orders', '/orders'],
    ['my app', '/my%20app'],
    ['straße', '/stra%C3%9Fe'],
    ['a+b=c;d@e', '/a+b=c;d@e'],
    ['100%', '/100%25'],
    ['what?', '/what%3F'],
    ['#1', '/%231'],
    ['%2F', '/%252F'],
  ])('%s is %s', (name, path) => {
    expect(pathOfFolder(name)).toBe(path)
    expect(parseVia(`net.tcp://localhost${path}`)?.path).toBe(path)
  })

  test('does not exist where no URI can have the name', () => {
    for (const name of ['a\\b', 'a\ud800', 'caf\ufffd']) expect(pathOfFolder(name)).toBeUndefined()
  })

  test('is not asked for where the folder is never meant as an application', () => {
    const names = ['.git', '.hidden', 'node_modules', 'lost+found', 'node_modules2', 'app.d']
    expect(names.filter(isMeantAsApplication)).toEqual(['node_modules2', 'app.d'])
  })
})

describe('a snapshot', () => {
  test('has every folder as an application of the default site, which is the one with the lowest id', async () => {
    const sites = site(binding('809:*'), '', 'name="Second" id="2"') + site(binding('808:*') + binding('*:80:', 'http'))
    const snapshot = await deployed(sites, ['a', 'b'])
    expect([...snapshot.applications.keys()]).toEqual(['/a', '/b'])
    expect(only(snapshot, '/a')).toEqual({
      id: '/a',
      path: '/a',
      site: 'Main',
      bases: ['net.tcp://*:808'],
      pool: 'DefaultAppPool',
      folder: '/srv/apps/a',
      version: 'first',
      protocols: ['net.tcp', 'http'],
      origin: 'folder',
      preload: false,
    })
  })

  test('says which folders can not be applications, and takes the first of two that differ in case', async () => {
    const snapshot = await deployed(site(binding('808:*')), ['a', 'A', 'x\\y', '.git'])
    expect(only(snapshot, '/a').folder).toBe('/srv/apps/a')
    expect([...snapshot.applications.keys()]).toEqual(['/a'])
    expect(snapshot.problems).toHaveLength(2)
    expect(snapshot.problems.join()).toMatch(/The folder A is not deployed.*the folder a\./)
    expect(snapshot.problems.join()).toContain("The folder x\\y can't be an application")
  })

  test('has an element in place of the folder with its path, ignoring case', async () => {
    const element = '<application path="/Orders" applicationPool="Other" enabledProtocols="net.tcp"/>'
    const snapshot = await deployed(site(binding('808:*'), element), ['orders'])
    expect([...snapshot.applications.values()]).toMatchObject([
      { path: '/Orders', pool: 'Other', origin: 'configuration', folder: '/srv/apps/orders' },
    ])
  })

  test('leaves a copied folder whose element names no protocols those of the site, and gives one elsewhere http', async () => {
    const elements =
      '<application path="/orders"/><application path="/own"><virtualDirectory path="/" physicalPath="/srv/own"/></application>'
    const snapshot = await deployed(site(binding('808:*'), elements), ['orders'])
    expect(only(snapshot, '/orders').protocols).toEqual(['net.tcp'])
    expect(only(snapshot, '/own')).toMatchObject({ folder: '/srv/own', protocols: ['http'] })
  })

  test.each([
    ['/a b', '/a%20b', '/srv/apps/a b'],
    ['/a%20b/c', '/a%20b/c', '/srv/apps/a b/c'],
    ['/caf\u00e9', '/caf%C3%A9', '/srv/apps/caf\u00e9'],
    ['/100%', '/100%25', '/srv/apps/100%'],
    ['/a&amp;b', '/a&b', '/srv/apps/a&b'],
  ])('has the element for %s under the path that clients ask for', async (written, path, folder) => {
    const snapshot = await deployed(site(binding('808:*'), `<application path="${written}"/>`))
    expect([...snapshot.applications.values()]).toEqual([expect.objectContaining({ path, folder })])
    expect(parseVia(`net.tcp://localhost${path}`)?.path).toBe(path)
  })

  test.each(['/a%2Fb', '/%2e%2e/etc', '/a%5Cb'])('has %s, which no URI can ask for, as a problem', async (written) => {
    const snapshot = await deployed(site(binding('808:*'), `<application path="${written}"/>`))
    expect(snapshot.applications.size).toBe(0)
    expect(snapshot.problems).toEqual([expect.stringContaining(written)])
  })

  test('has the root as an application only with a folder of its own, which the application folder is not', async () => {
    const without = await deployed(site(binding('808:*'), '<application path="/"/>'), ['orders'])
    expect([...without.applications.keys()]).toEqual(['/orders'])
    expect(without.problems).toEqual([expect.stringContaining('physicalPath')])
    const element = '<application path="/"><virtualDirectory path="/" physicalPath="/srv/root"/></application>'
    const snapshot = await deployed(site(binding('808:*'), element))
    expect(only(snapshot, '/')).toMatchObject({ path: '/', folder: '/srv/root' })
    expect(snapshot.problems).toEqual([])
    expect(routesOf(snapshot)).toEqual([expect.objectContaining({ path: '/', port: 808 })])
  })

  test('of an application folder that is gone says so, and what to do', async () => {
    const configuration = await readTexts({ host: hostFile('', site(binding('808:*'))) })
    const snapshot = compose(configuration, '/srv/apps', undefined)
    expect(snapshot.applications.size).toBe(0)
    expect(snapshot.problems).toEqual([expect.stringMatching(/\/srv\/apps does not exist\. Create it/)])
  })

  test('keeps applications of the same path apart when their sites differ', async () => {
    const element = '<application path="/x" enabledProtocols="net.tcp"/>'
    const sites = site(binding('808:*'), element) + site(binding('809:*'), element, 'name="Second" id="2"')
    const snapshot = await deployed(sites)
    expect([...snapshot.applications.keys()]).toEqual(['/x', '/x@second'])
    expect(routesOf(snapshot).map(({ port, target }) => [port, target.id])).toEqual([
      [808, '/x'],
      [809, '/x@second'],
    ])
  })

  test('without a site has no application', async () => {
    expect((await deployed('', ['a'])).applications.size).toBe(0)
  })
})

describe('the ports', () => {
  test.each<[string, string[], [string | undefined, number][]]>([
    [
      'are those of the bindings, each once',
      ['808:*', '808:host.example', '809:*'],
      [
        [undefined, 808],
        [undefined, 809],
      ],
    ],
    [
      'are bound to an address that a binding names',
      ['808:127.0.0.1', '808:[::1]'],
      [
        ['127.0.0.1', 808],
        ['::1', 808],
      ],
    ],
    ['are open once where an address and every address is wanted', ['808:127.0.0.1', '808:*'], [[undefined, 808]]],
    ['are 808 where none is named', [':*'], [[undefined, 808]]],
  ])('%s', async (_, informations, expected) => {
    const snapshot = await deployed(site(informations.map((each) => binding(each)).join('')))
    expect(portsOf(snapshot).map(({ address, port }) => [address, port])).toEqual(expected)
  })

  test('are not those of sites that do not start, nor of other protocols', async () => {
    const stopped = 'name="Main" id="1" serverAutoStart="false"'
    const sites = site(binding('808:*'), '', stopped) + site(binding('*:80:', 'http'), '', 'name="Web" id="2"')
    const snapshot = await deployed(sites, ['a'])
    expect([portsOf(snapshot), routesOf(snapshot), urlsOf(snapshot, only(snapshot, '/a'))]).toEqual([[], [], []])
  })
})

test('the URLs of an application are those that a client of this machine types', async () => {
  const informations = ['808:*', '8808:host.example', '809:[::1]']
  const snapshot = await deployed(site(informations.map((each) => binding(each)).join('')), ['my app'])
  const urls = urlsOf(snapshot, only(snapshot, '/my%20app'))
  expect(urls).toEqual([
    expect.stringMatching(/^net\.tcp:\/\/localhost(:808)?\/my%20app$/),
    'net.tcp://host.example:8808/my%20app',
    'net.tcp://[::1]:809/my%20app',
  ])
  for (const url of urls) expect(parseVia(url)?.path).toBe('/my%20app')
})
