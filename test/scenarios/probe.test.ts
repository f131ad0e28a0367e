/** `portico probe` against what a person may point it at. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { encodeFault } from '#framing/faults.ts'
import { freePort, PorticoFolders } from '../support/portico-folders.ts'
import { portico, serving } from '../support/portico-process.ts'

describe('portico probe', () => {
  test('tells a cold start from a warm one, with times, and what the refusal of a failed start means', async () => {
    using folders = await PorticoFolders.make({ apps: { echo: 'echo', bad: 'throws-at-load' } })
    const serve = await serving(folders)
    const probe = (path: string, ...more: string[]) =>
      portico('probe', `net.tcp://localhost:${folders.port}${path}`, '--home', folders.home, ...more)

    const cold = await probe('/echo')
    expect(cold.out).toMatch(/^1: cold, acknowledged after [\d.]+ ms, reply of \d+ bytes [\d.]+ ms later$/m)
    expect(cold.code).toBe(0)

    const warm = await probe('/echo', '--count', '3')
    expect(warm.out.match(/warm/g)).toHaveLength(3)
    expect(warm.out).toContain('3 of 3 replied')
    expect(warm.out).toMatch(/acknowledgement: median [\d.]+ ms/)

    const json = JSON.parse((await probe('/echo', '--json')).out)
    expect(json).toMatchObject({
      n: 1,
      outcome: 'replied',
      cold: false,
      ackMs: expect.any(Number),
      replyMs: expect.any(Number),
    })

    const bad = await probe('/bad')
    expect(bad.out).toMatch(/cold, refused with ServiceActivationFailed: .* did not start.*portico status/)
    expect(bad.code).toBe(1)

    expect((await probe('/nobody')).out).toContain('refused with EndpointNotFound: nothing listens at this address')
    serve.child.kill('SIGTERM')
    await serve.finished
  })

  test('says that nothing listens', async () => {
    const port = await freePort()
    const { code, out } = await portico('probe', `net.tcp://127.0.0.1:${port}/x`)
    expect(out).toContain('unreachable: nothing listens on that port')
    expect(code).toBe(1)
  })

  test.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n\r\n', /notFraming.*may be an HTTP endpoint/],
    ['a server of another framing', '\x00\x01', /notFraming/],
    ['a server that closes at once', '', /closed.*without an answer/],
    ['a fault', encodeFault('ServerTooBusy').toString('latin1'), /refused with ServerTooBusy: the peer is overloaded/],
    ['a session that ends without a reply', '\x0b', /accepted, but it ended without a reply/],
  ])('says what %s is', async (_, answer, says) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { code, out } = await portico('probe', `net.tcp://127.0.0.1:${port}/x`)
    server.close()
    expect(out).toMatch(says)
    expect(code).toBe(1)
  })

  test('wants a net.tcp address', async () => {
    const { code, err } = await portico('probe', 'http://localhost/x')
    expect(code).toBe(2)
    expect(err).toContain('net.tcp://localhost:8808/echo')
  })
})
