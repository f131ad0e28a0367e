/** What is kept of an application's files until its next start: the same, or nothing. */
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writtenServices } from '#worker-host/written-services.ts'
import { endpoint, svc, tcpTransport, webConfig } from '../../support/service-model.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const config = (maxPendingConnections: number) =>
  webConfig({
    bindings: `<customBinding>${tcpTransport('c', `maxPendingConnections="${maxPendingConnections}"`, 'idleTimeout="Infinite"')}</customBinding>`,
    services: { Orders: endpoint('customBinding', 'c') },
  })

/** An application with a service, and a folder to keep things in. */
function application() {
  const [folder, cache] = [ownFolder(), ownFolder()]
  writeFileSync(join(folder, 'orders.svc'), svc('Orders'))
  const write = (maxPendingConnections: number) =>
    writeFileSync(join(folder, 'web.config'), config(maxPendingConnections))
  const read = () => writtenServices(folder, cache)
  const pending = async () => (await read())?.services[0]?.endpoints[0]?.transport.written.maxPendingConnections
  write(10)
  return { folder, cache, write, read, pending }
}

test('the second start finds what the first has read, also times that never end', async () => {
  const { cache, read } = application()
  const first = await read()
  expect(first?.services[0]?.endpoints[0]?.transport.written.idleTimeout).toBe(Number.POSITIVE_INFINITY)
  expect(readdirSync(cache)).toHaveLength(1)
  expect(await read()).toEqual(first)
})

test('a file that changes is read again, even where its size and its time stay the same', async () => {
  const { folder, write, pending } = application()
  expect(await pending()).toBe(10)
  const { atime, mtime } = statSync(join(folder, 'web.config'))
  write(11)
  utimesSync(join(folder, 'web.config'), atime, mtime)
  expect(await pending()).toBe(11)
})

test('a .svc file that goes takes its service along', async () => {
  const { folder, read } = application()
  expect((await read())?.services).toHaveLength(1)
  rmSync(join(folder, 'orders.svc'))
  expect((await read())?.services).toEqual([])
})

test('what is kept of one folder is not taken for that of another', async () => {
  const one = application()
  const other = application()
  await one.read()
  const [kept = ''] = readdirSync(one.cache)
  await other.read()
  const [name = ''] = readdirSync(other.cache)
  other.write(12)
  const { copyFileSync } = await import('node:fs')
  copyFileSync(join(one.cache, kept), join(other.cache, name))
  expect(await other.pending()).toBe(12)
})

test.each([
  ['rubbish', (file: string) => writeFileSync(file, 'rubbish')],
  ['nothing', (file: string) => writeFileSync(file, '')],
])('%s where it is kept costs only the time to read the files', async (_, spoil) => {
  const { cache, pending } = application()
  await pending()
  const [name = ''] = readdirSync(cache)
  spoil(join(cache, name))
  expect(await pending()).toBe(10)
})

test('a folder that can not be written keeps nothing, and nobody notices', async () => {
  const { folder } = application()
  const services = await writtenServices(folder, '/proc/nowhere')
  expect(services?.services).toHaveLength(1)
})

test('a wrong .svc file is found anew each time', async () => {
  const { folder, cache, read } = application()
  writeFileSync(join(folder, 'orders.svc'), 'nothing')
  expect((await read())?.services[0]?.problem).toBeDefined()
  expect(readdirSync(cache)).toEqual([])
})
