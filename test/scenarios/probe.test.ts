/** `portico probe` against a Portico that runs. */
import { expect, test } from 'vitest'
import { PorticoFolders } from '../support/portico-folders.ts'
import { portico, serving } from '../support/portico-process.ts'

test('portico probe tells a cold start from a warm one, with times, and what the refusal of a failed start means', async () => {
  using folders = await PorticoFolders.make({ apps: { echo: 'echo', bad: 'throws-at-load' } })
  const serve = await serving(folders)
  const probe = (path: string, ...more: string[]) =>
    portico('probe', `net.tcp://localhost:${folders.port}${path}`, '--home', folders.home, ...more)

  const cold = await probe('/echo')
  expect(cold.out).toMatch(/^1: cold {2}ack [\d.]+ ms {2}reply [\d.]+ ms/m)
  expect(cold.code).toBe(0)

  const warm = await probe('/echo', '--count', '3')
  expect(warm.out.match(/warm/g)).toHaveLength(3)
  expect(warm.out).toMatch(/ack +median [\d.]+ ms/)

  const json = JSON.parse((await probe('/echo', '--json')).out)
  expect(json).toMatchObject({
    n: 1,
    outcome: 'replied',
    cold: false,
    ackMs: expect.any(Number),
    replyMs: expect.any(Number),
  })

  const bad = await probe('/bad')
  expect(bad.out).toContain('ServiceActivationFailed')
  expect(bad.out).toContain('portico status')
  expect(bad.code).toBe(1)

  expect((await probe('/nobody')).out).toContain('EndpointNotFound')
  serve.child.kill('SIGTERM')
  await serve.finished
})
