import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contractOf } from '#wcf/service-contract.ts'
import { declaredIn, generated } from '../../support/generated-services.ts'

const root = join(import.meta.dirname, '../../..')
const run = promisify(execFile)
const services = {
  'calculator of Mono': () => generated('mono/calculator/service.wsdl'),
  'orders of Mono': () => generated('mono/orders/service.wsdl'),
  'orders of .NET': () => generated('dotnet/orders.wsdl'),
  'order events of Mono': () => generated('mono/orderevents/service.wsdl'),
  'shop of Mono': () => generated('mono/kinds/service.wsdl'),
  'shop of .NET': () => generated('dotnet/shop.wsdl'),
  'callbacks and contracts that contain themselves': () => generated('dotnet/watch.wsdl', 'IWatch'),
  streams: () => generated('dotnet/watch.wsdl', 'IFiles'),
  'long names': () => generated('long-names.wsdl'),
}

let folder = ''
const texts = new Map<string, string>()

beforeAll(async () => {
  // Below the repository, whose settings and packages hold there.
  folder = await mkdtemp(join(import.meta.dirname, '.generated-'))
  for (const [name, make] of Object.entries(services)) {
    texts.set(name, await make())
    await writeFile(join(folder, `${name.replaceAll(/\W/g, '-')}.ts`), texts.get(name) ?? '')
  }
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

test('Biome would change nothing in generated files, and has nothing to say about them', async () => {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'check', '--error-on-warnings', '--vcs-enabled=false', '--colors=off', folder]
  const result = await run(process.execPath, args, { cwd: root }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  expect(result.stdout + result.stderr).toMatch(/^Checked 9 files in \S+ No fixes applied\.\s*$/)
})

test('generated files are accepted by the strict compiler', async () => {
  const options = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'))
  const paths = { 'portico/wcf': [join(root, 'src/wcf/wcf.ts')] }
  const config = {
    compilerOptions: { ...options.compilerOptions, paths, typeRoots: [join(root, 'node_modules/@types')] },
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: ['*.ts'] }))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const result = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error)
  expect(result.stdout).toBe('')
})

test.each(Object.keys(services))('%s makes a contract', (name) => {
  expect(contractOf(declaredIn(texts.get(name) ?? '')).operations.size).toBeGreaterThan(0)
})

test('operations keep their order, and say of actions only what differs', () => {
  const { operations } = declaredIn(texts.get('shop of .NET') ?? '')
  const names = 'Simple Grant Grants Adopt Adopted Walk Rename Prices ByName Dogs Holes Buy Ping'.split(' ')
  expect(Object.keys(operations)).toEqual(names)
  const said = Object.entries(operations).filter(([, each]) => each.action ?? each.replyAction)
  expect(said).toEqual([['Buy', expect.objectContaining({ action: 'urn:buy', replyAction: 'urn:bought' })]])
  expect(operations.Ping?.oneWay).toBe(true)
})

test('faults have the names, namespaces and actions of the file', () => {
  const { faults } = contractOf(declaredIn(texts.get('shop of .NET') ?? '')).operations.get('urn:buy') ?? {}
  const told = [...(faults ?? [])].map(([key, { action, name, namespace }]) => [
    key,
    action.text,
    name.text,
    namespace.text,
  ])
  expect(told).toEqual([
    [
      'OutOfStock',
      'urn:shop/IShop/BuyOutOfStockFault',
      'OutOfStock',
      'http://schemas.datacontract.org/2004/07/Shop.Data',
    ],
    ['Broken', 'urn:broken', 'Broken', 'urn:shop'],
  ])
})

test.each(['order events of Mono', 'callbacks and contracts that contain themselves'])(
  'callbacks are those operations that the client answers: %s',
  (name) => {
    const { callbacks, operations } = contractOf(declaredIn(texts.get(name) ?? ''))
    expect(callbacks.map((each) => [each.name, each.isOneWay, each.request.wrapper.text])).toEqual([
      ['Changed', true, 'Changed'],
      ['Confirm', false, 'Confirm'],
    ])
    expect([...operations.values()].map((each) => each.name)).toEqual(['Watch'])
  },
)
