import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Configuration, readConfiguration } from '#config/configuration.ts'
import { parseVia } from '#framing/via.ts'
import { pathOfFolder } from '#registry/application.ts'
import { portsOf, routesOf, urlsOf } from '#registry/routes.ts'
import { compose } from '#registry/snapshot.ts'

/** The configuration with these sites, read as Portico reads it. */
async function configured(sites: string): Promise<Configuration> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-config-'))
  try {
    writeFileSync(
      join(folder, 'applicationHost.config'),
      `<configuration><system.applicationHost>
        <applicationPools><add name="DefaultAppPool"/><add name="Other"/></applicationPools>
        <sites>${sites}</sites>
      </system.applicationHost></configuration>`,
    )
    return await readConfiguration(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const bindings = '<bindings><binding protocol="net.tcp" bindingInformation="8808:*"/></bindings>'
const site = (children = '', name = 'Default Web Site', id = 1) =>
  `<site name="${name}" id="${id}">${bindings}${children}</site>`

describe('the folders', () => {
  test('are applications of the default site, in its default pool, on every protocol that it has', async () => {
    const snapshot = compose(await configured(site()), '/apps', ['orders', 'Stock'])
    expect([...snapshot.applications.values()]).toEqual([
      expect.objectContaining({
        id: '/stock',
        path: '/Stock',
        folder: '/apps/Stock',
        pool: 'DefaultAppPool',
        protocols: ['net.tcp'],
      }),
      expect.objectContaining({ id: '/orders', path: '/orders', origin: 'folder' }),
    ])
  })

  test('that are hidden or belong to a package manager are none', async () => {
    expect(compose(await configured(site()), '/apps', ['.git', 'node_modules']).applications.size).toBe(0)
  })

  test('whose names differ only in case are one application; the other is a problem that names both', async () => {
    const { applications, problems } = compose(await configured(site()), '/apps', ['orders', 'Orders'])
    expect([...applications.keys()]).toEqual(['/orders'])
    expect(problems).toEqual([expect.stringMatching(/orders is not deployed.*\/apps\/Orders/)])
  })

  test('whose names no URI can have are problems', async () => {
    const { applications, problems } = compose(await configured(site()), '/apps', ['a\\b'])
    expect(applications.size).toBe(0)
    expect(problems).toEqual([expect.stringContaining('Rename it')])
  })

  test('have paths that a client can ask for, whatever their names', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => !/[/\\\0]/.test(text) && text !== '.' && text !== '..')
    fc.assert(
      fc.property(name, (text) => {
        const path = pathOfFolder(text)
        return path === undefined || parseVia(`net.tcp://h${path}`)?.path === path
      }),
    )
  })
})

describe('an application element', () => {
  test('overrides pool, protocols and folder of the folder with its path, ignoring case', async () => {
    const configuration = await configured(
      site(
        '<application path="/Orders" applicationPool="Other" enabledProtocols="net.tcp"><virtualDirectory path="/" physicalPath="/srv/orders"/></application>',
      ),
    )
    const { applications } = compose(configuration, '/apps', ['orders'])
    expect([...applications.values()]).toEqual([
      expect.objectContaining({ id: '/orders', pool: 'Other', folder: '/srv/orders', origin: 'configuration' }),
    ])
  })

  test('without a folder has the one below apps/', async () => {
    const configuration = await configured(site('<application path="/a%20b/c" applicationPool="Other"/>'))
    expect(compose(configuration, '/apps', []).applications.get('/a%20b/c')?.folder).toBe('/apps/a b/c')
  })

  test('of another site is another application', async () => {
    const element = '<application path="/orders" applicationPool="Other"/>'
    const configuration = await configured(site(element) + site(element, 'Second', 2).replace('8808', '8809'))
    expect([...compose(configuration, '/apps', []).applications.keys()]).toEqual(['/orders', '/orders@second'])
  })
})

describe('routes and ports', () => {
  test('are those of the net.tcp bindings of started sites', async () => {
    const configuration = await configured(
      `<site name="One" id="1"><bindings><binding protocol="net.tcp" bindingInformation="8808:*"/><binding protocol="net.tcp" bindingInformation="808:h"/><binding protocol="http" bindingInformation="*:80:"/></bindings></site>
       <site name="Off" id="2" serverAutoStart="false"><bindings><binding protocol="net.tcp" bindingInformation="9000:*"/></bindings><application path="/off"/></site>`,
    )
    const snapshot = compose(configuration, '/apps', ['orders'])
    expect(routesOf(snapshot).map(({ mode, host, port, path }) => [mode, host, port, path])).toEqual([
      ['WeakWildcard', '', 8808, '/orders'],
      ['Exact', 'h', 808, '/orders'],
    ])
    expect(portsOf(snapshot)).toEqual([
      { address: undefined, port: 8808 },
      { address: undefined, port: 808 },
    ])
    const orders = snapshot.applications.get('/orders')
    expect(orders && urlsOf(snapshot, orders)).toEqual(['net.tcp://localhost:8808/orders', 'net.tcp://h:808/orders'])
  })

  test('of a binding to an address listen at that address only', async () => {
    const configuration = await configured(
      '<site name="One" id="1"><bindings><binding protocol="net.tcp" bindingInformation="8808:127.0.0.1"/><binding protocol="net.tcp" bindingInformation="8808:[::1]"/></bindings></site>',
    )
    expect(portsOf(compose(configuration, '/apps', []))).toEqual([
      { address: '127.0.0.1', port: 8808 },
      { address: '::1', port: 8808 },
    ])
  })
})
