import { describe, expect, test } from 'vitest'
import { acceptedDescriptor, dispatchOf, openChannel } from '../../support/channel-peer.ts'
import { openDescriptors } from '../../support/unix-pair.ts'

const patient = new AbortController().signal

describe('a sharing channel', () => {
  test.each([1, 2, 7, 33])('takes lines that come in pieces of %i bytes', async (size) => {
    const { peer, message, messages } = await openChannel()
    const said = [
      { type: 'register', application: '/straße' },
      { type: 'pong', request: 3 },
      { type: 'accepted', connection: 4 },
    ]
    const bytes = Buffer.from(said.map((each) => `${JSON.stringify(each)}\n`).join(''))
    for (let at = 0; at < bytes.byteLength; at += size) {
      peer.write(bytes.subarray(at, at + size))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await message(3)
    expect(messages).toEqual(said)
  })

  test.each([
    ['a line that is not JSON', 'nonsense\n', 'not JSON'],
    ['a line of an unknown type', '{"type":"surprise"}\n', 'invalid message (surprise): type'],
    ['a message without what it needs', '{"type":"accepted"}\n', 'invalid message (accepted): connection'],
    ['a line that never ends', 'x'.repeat(70_000), 'a line of more than 65536 bytes'],
    ['a line that is too long', `${JSON.stringify({ type: 'leave', more: 'x'.repeat(70_000) })}\n`, 'more than 65536'],
  ])('ends with %s, and nothing after it counts', async (_, bytes, reason) => {
    const { peer, closed, messages, say } = await openChannel()
    peer.write(bytes)
    say({ type: 'leave' })
    expect(await closed).toContain(reason)
    expect(messages).toEqual([])
  })

  test('ignores fields that a later version adds', async () => {
    const { say, message } = await openChannel()
    say({ type: 'leave', because: 'a later version says so' })
    expect(await message(1)).toEqual({ type: 'leave' })
  })

  test('takes a line of the greatest length', async () => {
    const { peer, message } = await openChannel()
    const short = JSON.stringify({ type: 'leave', more: '' })
    peer.write(`${JSON.stringify({ type: 'leave', more: 'x'.repeat(65_535 - short.length) })}\n`)
    expect(await message(1)).toEqual({ type: 'leave' })
  })
})

describe('a dispatch', () => {
  test('is over when the peer accepts it, and only once', async () => {
    const { channel, line } = await openChannel()
    const outcome = channel.dispatch(dispatchOf(7), await acceptedDescriptor(), patient)
    expect(await line()).toMatchObject({ type: 'dispatch', connection: 7 })
    expect(channel.settle(7, { is: 'accepted' })).toBe(true)
    expect(await outcome).toEqual({ is: 'accepted' })
    expect(channel.settle(7, { is: 'accepted' })).toBe(false)
  })

  test('that the peer rejects says why', async () => {
    const { channel } = await openChannel()
    const outcome = channel.dispatch(dispatchOf(7), await acceptedDescriptor(), patient)
    channel.settle(7, { is: 'rejected', reason: 'full' })
    expect(await outcome).toEqual({ is: 'rejected', reason: 'full' })
  })

  test('that nobody has made is not settled', async () => {
    const { channel } = await openChannel()
    expect(channel.settle(99, { is: 'accepted' })).toBe(false)
  })

  test('while the channel closes is lost only once that is known: who looks for another peer finds another', async () => {
    const { channel, closed } = await openChannel()
    const order: string[] = []
    void closed.then(() => order.push('closed'))
    channel.finish('its last words are being read')
    const outcome = await channel.dispatch(dispatchOf(1), -1, patient)
    order.push('lost')
    expect(outcome).toEqual({ is: 'lost', reason: 'its last words are being read' })
    expect(order).toEqual(['closed', 'lost'])
  })

  test('without an answer is lost when the peer goes, and at once when it has gone', async () => {
    const { channel, peer, closed } = await openChannel()
    const outcome = channel.dispatch(dispatchOf(1), await acceptedDescriptor(), patient)
    peer.destroy()
    expect(await outcome).toEqual({ is: 'lost', reason: await closed })
    expect(await channel.dispatch(dispatchOf(2), -1, patient)).toMatchObject({ is: 'lost' })
  })

  test('of a descriptor that is closed ends the channel instead of sending a line without it', async () => {
    const { channel, closed } = await openChannel()
    expect(await channel.dispatch(dispatchOf(1), -1, patient)).toMatchObject({ is: 'lost' })
    expect(await closed).toContain('EBADF')
  })
})

describe('a peer that does not read for a while', () => {
  test('gets every dispatch once and in order, with the lines between them in their places', async () => {
    const { channel, line, say } = await openChannel()
    const descriptor = await acceptedDescriptor()
    const before = openDescriptors()
    const count = 1500
    const outcomes = Array.from({ length: count }, (_, at) => {
      if (at % 100 === 0) channel.send({ type: 'ping', request: at })
      return channel.dispatch(dispatchOf(at), descriptor, patient)
    })
    const expected = Array.from({ length: count }, (_, at) => (at % 100 === 0 ? [`ping ${at}`, `${at}`] : [`${at}`]))
    const dispatched: string[] = []
    const pings: string[] = []
    while (dispatched.length < count) {
      const { type, connection, request } = await line()
      if (type === 'ping') pings.push(`ping ${request}`)
      else dispatched.push(`${connection}`)
    }
    expect(dispatched).toEqual(expected.map((each) => each.at(-1)))
    expect(pings).toEqual(expected.flatMap((each) => each.slice(0, -1)))
    say({ type: 'leave' })
    for (let at = 0; at < count; at++) channel.settle(at, { is: 'accepted' })
    expect(new Set((await Promise.all(outcomes)).map((outcome) => outcome.is))).toEqual(new Set(['accepted']))
    expect(openDescriptors()).toBe(before)
  })

  test('gets what waits behind a line as soon as that has gone, without saying a word', async () => {
    const { channel, line } = await openChannel()
    const descriptor = await acceptedDescriptor()
    const fillers = 600
    for (let at = 0; at < fillers; at++) void channel.dispatch(dispatchOf(at), descriptor, patient)
    channel.send({ type: 'ping', request: 1 }) // the queue is full: Node holds this line
    void channel.dispatch(dispatchOf(fillers), descriptor, patient)
    let last: unknown
    while (last !== fillers) last = (await line()).connection
  })

  test('never gets a dispatch that was given up before it was sent', async () => {
    const { channel, line } = await openChannel()
    const descriptor = await acceptedDescriptor()
    const impatient = new AbortController()
    const sentOnes = Array.from({ length: 600 }, (_, at) => channel.dispatch(dispatchOf(at), descriptor, patient))
    const givenUp = channel.dispatch(dispatchOf(600), descriptor, impatient.signal)
    const next = channel.dispatch(dispatchOf(601), descriptor, patient)
    impatient.abort(new Error('the port is closing'))
    await expect(givenUp).rejects.toThrow('the port is closing')
    const numbers: unknown[] = []
    while (numbers.at(-1) !== 601) numbers.push((await line()).connection)
    expect(numbers).not.toContain(600)
    expect(channel.settle(600, { is: 'accepted' })).toBe(false)
    for (let at = 0; at <= 601; at++) channel.settle(at, { is: 'accepted' })
    await Promise.all([...sentOnes, next])
  })

  test('is still heard when it accepts a dispatch that was given up after it was sent', async () => {
    const { channel, line } = await openChannel()
    const impatient = new AbortController()
    const givenUp = channel.dispatch(dispatchOf(1), await acceptedDescriptor(), impatient.signal)
    await line()
    impatient.abort(new Error('the port is closing'))
    await expect(givenUp).rejects.toThrow('the port is closing')
    expect(channel.settle(1, { is: 'accepted' })).toBe(true)
  })
})

test('a channel that is finished says its last word before it ends', async () => {
  const { channel, line, closed } = await openChannel()
  channel.send({ type: 'ping', request: 1 })
  channel.finish('enough')
  expect(await line()).toEqual({ type: 'ping', request: 1 })
  expect(await closed).toBe('enough')
})
