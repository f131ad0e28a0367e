/** Services that serviceActivations names, with and without .svc files beside them. */
import { expect, test } from 'vitest'
import { problemsOf, service, servicesOf, webConfig } from './service-folders.ts'

const tcp = '<endpoint address="tcp" binding="netTcpBinding" contract="I"/>'
/** The unnamed netTcpBinding without security, so that nothing is noticed. */
const quiet = '<bindings><netTcpBinding><binding><security mode="None"/></binding></netTcpBinding></bindings>'
const svc = (name: string) => `<%@ ServiceHost Service="${name}" %>`

const activations = (...entries: string[]) =>
  webConfig(
    `<serviceHostingEnvironment><serviceActivations>${entries.map((entry) => `\n<add ${entry}/>`).join('')}</serviceActivations></serviceHostingEnvironment>`,
  )

test('serviceActivations are services without files, before those of .svc files', async () => {
  const config = activations(
    'relativeAddress="~/z.svc" service="Ns.Z"',
    'relativeAddress="dir/a b.svc" service="Ns.A, Assembly" factory="F"',
    'relativeAddress="f.svc" factory="F"',
  )
  const { services } = await servicesOf({ 'web.config': config, 'a.svc': svc('Ns.B') })
  expect(services).toMatchObject([
    { path: '/z.svc', name: 'Ns.Z', factory: undefined, definedAt: '/web.config:4' },
    { path: '/dir/a%20b.svc', name: 'Ns.A', factory: 'F', definedAt: '/web.config:5' },
    { path: '/f.svc', name: undefined, factory: 'F', endpoints: [{ address: '', at: undefined }] },
    { path: '/a.svc', name: 'Ns.B', definedAt: '/a.svc' },
  ])
})

test('an activated service has the endpoints of the service element with its name', async () => {
  const environment =
    '<serviceHostingEnvironment><serviceActivations><add relativeAddress="s.svc" service="S"/></serviceActivations></serviceHostingEnvironment>'
  const { services } = await servicesOf({ 'web.config': webConfig(quiet + environment + service(tcp)) })
  expect(services).toMatchObject([{ endpoints: [{ address: 'tcp', at: '/web.config:3' }] }])
})

test.each([
  ['~/x.svc', '/x.svc'],
  ['x.svc', '/x.svc'],
  ['dir/x.svc', '/dir/x.svc'],
  ['~\\dir\\x.svc', '/dir/x.svc'],
  ['~/a/../b/./x.SVC', '/b/x.SVC'],
  ['a%20b.svc', '/a%20b.svc'],
  ['flow.xamlx', '/flow.xamlx'],
])('relativeAddress="%s" is the path %s', async (written, path) => {
  const { services } = await servicesOf({ 'web.config': activations(`relativeAddress="${written}" service="S"`) })
  expect(services).toMatchObject([{ path }])
})

test.each(['/x.svc', '\\x.svc', 'x', 'x.html', 'sv', '~x.svc', '~/../x.svc', 'a/../../x.svc', '%2e%2e/x.svc', ''])(
  'relativeAddress="%s" is refused',
  async (written) => {
    const config = activations(`relativeAddress="${written}" service="S"`)
    expect(await problemsOf({ 'web.config': config })).toMatchObject([
      {
        element: 'add',
        attribute: 'relativeAddress',
        line: 4,
        expected: expect.stringContaining('below the application'),
      },
    ])
  },
)

test.each([
  ['no service and no factory', ['relativeAddress="x.svc"'], 4, 'needs one of the attributes service and factory'],
  ['no address', ['service="S"'], 4, 'needs the attribute relativeAddress'],
  ['an address twice', ['relativeAddress="x.svc" service="S"', 'relativeAddress="x.svc" service="T"'], 5, 'twice'],
  [
    'an address twice in two forms',
    ['relativeAddress="dir/x.svc" service="S"', 'relativeAddress="~/DIR/X.svc" service="T"'],
    5,
    'stands here twice; the first is in line 4',
  ],
  ['an unknown attribute', ['relativeAddress="x.svc" servise="S" factory="F"'], 4, 'did you mean service?'],
])('an activation with %s is refused', async (_, entries, line, expected) => {
  expect(await problemsOf({ 'web.config': activations(...entries) })).toMatchObject([
    { line, expected: expect.stringContaining(expected) },
  ])
})

test('a .svc file is preferred to an activation with its path, with a notice', async () => {
  const config = activations('relativeAddress="Orders.svc" service="Ns.Other"')
  expect(await servicesOf({ 'web.config': config, 'orders.svc': svc('Ns.Orders') })).toMatchObject({
    services: [{ path: '/orders.svc', name: 'Ns.Orders', definedAt: '/orders.svc' }],
    notices: [{ element: 'add', line: 4, text: expect.stringContaining('/orders.svc has the same path') }],
  })
})
