import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HostedWorker } from '../../support/hosted-worker.ts'
import { openDescriptors } from '../../support/unix-pair.ts'

const folder = join(import.meta.dirname, '../../fixtures/apps/echoes-bytes')

test('2,000 connections are handed over while their clients write: each keeps its bytes, and no descriptor stays', {
  timeout: 60_000,
}, async () => {
  const worker = await HostedWorker.start()
  await worker.activate(folder)
  const before = { here: openDescriptors('socket'), there: openDescriptors('', worker.pid) }
  const one = async () => {
    const { client, number, socket } = await worker.accept()
    const parts = [randomBytes(40), randomBytes(3000), randomBytes(20_000)]
    client.write(...parts.slice(0, 1))
    const handedOver = worker.handOver(number, socket)
    client.write(...parts.slice(1, 2))
    expect(await handedOver).toBe('accepted')
    client.write(...parts.slice(2))
    client.socket.end()
    const expected = Buffer.concat([Buffer.from(`net.tcp://localhost/app/${number}\n`), ...parts])
    if (!(await client.readAll()).equals(expected)) throw new Error(`connection ${number} got other bytes`)
    client.socket.destroy()
    await worker.next('closed')
  }
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 100 }, one))
  while (openDescriptors('', worker.pid) > before.there || openDescriptors('socket') > before.here)
    await new Promise((resolve) => setImmediate(resolve))
})
