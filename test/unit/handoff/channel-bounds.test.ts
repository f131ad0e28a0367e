import { describe, expect, test } from 'vitest'
import { acceptedDescriptor, dispatchOf, openChannel } from '../../support/channel-peer.ts'

describe('what a channel hears', () => {
  test('is some lines of each peer in turn: nobody waits until another has said everything', async () => {
    const [first, second, third] = [await openChannel(), await openChannel(), await openChannel()]
    for (const talkative of [first, third])
      talkative.say(...Array.from({ length: 1_000 }, (_, request) => ({ type: 'pong', request })))
    second.say({ type: 'leave' })
    await second.message(1)
    expect(first.messages.length).toBeLessThan(1_000)
    expect(third.messages.length).toBeLessThan(1_000)
    await Promise.all([first.message(1_000), third.message(1_000)])
    expect(first.messages.map((message) => 'request' in message && message.request)).toEqual([...Array(1_000).keys()])
  })

  test('is nothing while it is held, whatever has arrived, and then everything in order', async () => {
    const { channel, say, message, messages } = await openChannel()
    const hold = channel.hold()
    say({ type: 'pong', request: 1 }, { type: 'pong', request: 2 })
    await new Promise((resolve) => setImmediate(resolve))
    expect(messages).toEqual([])
    hold[Symbol.dispose]()
    await message(2)
    expect(messages).toMatchObject([{ request: 1 }, { request: 2 }])
  })

  test('is everything that a peer has said before it ended', async () => {
    const { peer, say, messages, closed } = await openChannel()
    say(...Array.from({ length: 1_000 }, (_, request) => ({ type: 'pong', request })))
    peer.end()
    await closed
    expect(messages).toHaveLength(1_000)
  })
})

test('a peer that reads nothing is not heard any more, with a bounded amount kept for it', async () => {
  const { channel, peer, say, message, messages } = await openChannel()
  peer.pause()
  channel.socket.cork() // nothing goes to the kernel
  while (channel.socket.writableLength < 128 * 1024) channel.send({ type: 'routeValid', request: 1, valid: true })
  const kept = channel.socket.writableLength
  expect(channel.socket.listenerCount('drain')).toBe(1)
  say({ type: 'pong', request: 1 })
  await new Promise((resolve) => setImmediate(resolve))
  expect(messages).toEqual([])
  expect(kept).toBeLessThan(129 * 1024)
  channel.socket.uncork()
  peer.resume()
  await message(1)
})

test('connections that a peer never answers for are not remembered without end', async () => {
  const { channel, line } = await openChannel()
  const descriptor = await acceptedDescriptor()
  const most = 1_024
  for (let at = 0; at <= most; at++) {
    const over = new AbortController()
    const given = channel.dispatch(dispatchOf(at), descriptor, over.signal)
    await line() // it has been sent
    over.abort(new Error('the port is closing'))
    await expect(given).rejects.toThrow('the port is closing')
  }
  expect(channel.settle(0, { is: 'accepted' })).toBe(false)
  expect(channel.settle(1, { is: 'accepted' })).toBe(true)
  expect(channel.settle(most, { is: 'accepted' })).toBe(true)
})
