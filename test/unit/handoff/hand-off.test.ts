/** The window of a registration: how many connections its peer is offered at once, and what becomes of the others. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { HandOff } from '#handoff/hand-off.ts'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { openChannel } from '../../support/channel-peer.ts'
import { socketPair } from '../../support/framing-client.ts'

const endpoint = { address: '127.0.0.1', port: 808 }
const patient = new AbortController().signal

async function offering(window: number) {
  const open = await openChannel()
  const handOff = new HandOff(open.channel, 7, window)
  const { client, server } = await socketPair()
  onTestFinished(() => {
    client.socket.destroy()
    server.destroy()
  })
  const via = 'net.tcp://localhost/orders'
  const dispatch = (number: number, signal = patient) =>
    handOff.dispatch({ number, descriptor: descriptorOf(server), via, remote: endpoint, local: endpoint }, signal)
  return { ...open, handOff, dispatch }
}

describe('a registration', () => {
  test('has no more offered to its peer than its window allows; the next goes when one is answered', async () => {
    const { handOff, dispatch, channel, line } = await offering(2)
    const outcomes = [1, 2, 3].map((number) => dispatch(number))
    expect((await line()).connection).toBe(1)
    expect((await line()).connection).toBe(2)
    expect(handOff).toMatchObject({ unacknowledged: 2, dispatched: 0 })
    channel.settle(2, { is: 'rejected', reason: 'not now' })
    expect((await line()).connection).toBe(3)
    channel.settle(1, { is: 'accepted' })
    channel.settle(3, { is: 'accepted' })
    expect(await Promise.all(outcomes)).toMatchObject([{ is: 'accepted' }, { is: 'rejected' }, { is: 'accepted' }])
    expect(handOff).toMatchObject({ unacknowledged: 0, dispatched: 2 })
  })

  test('that gets a greater window offers more at once', async () => {
    const { handOff, dispatch, line } = await offering(1)
    void dispatch(1)
    void dispatch(2)
    await line()
    expect(handOff.unacknowledged).toBe(1)
    handOff.resize(2)
    expect((await line()).connection).toBe(2)
    expect(handOff.unacknowledged).toBe(2)
  })

  test('that ends loses what waits, and what comes; what has been offered the peer may still take', async () => {
    const { handOff, dispatch, channel, line } = await offering(1)
    const offered = dispatch(1)
    const waiting = dispatch(2)
    await line()
    handOff.end('its process gave it up')
    expect(await waiting).toEqual({ is: 'lost', reason: 'its process gave it up' })
    expect(await dispatch(3)).toEqual({ is: 'lost', reason: 'its process gave it up' })
    channel.settle(1, { is: 'accepted' })
    expect(await offered).toEqual({ is: 'accepted' })
  })

  test('counts a connection that was given up after it was offered until its peer has answered for it', async () => {
    const { handOff, dispatch, channel, line } = await offering(1)
    const impatient = new AbortController()
    const givenUp = dispatch(1, impatient.signal)
    await line()
    impatient.abort(new Error('it waited too long'))
    await expect(givenUp).rejects.toThrow('it waited too long')
    expect(channel.isForsaken(1)).toBe(true)
    void dispatch(2)
    await new Promise((resolve) => setImmediate(resolve))
    expect(handOff.unacknowledged).toBe(0)
    channel.settle(1, { is: 'rejected', reason: 'withdrawn' })
    expect((await line()).connection).toBe(2)
    expect(channel.isForsaken(1)).toBe(false)
  })

  test('lets go of a connection whose signal aborts while it waits', async () => {
    const { dispatch, channel, line } = await offering(1)
    const offered = dispatch(1)
    const impatient = new AbortController()
    const waiting = dispatch(2, impatient.signal)
    await line()
    impatient.abort(new Error('the port closes'))
    await expect(waiting).rejects.toThrow('the port closes')
    const next = dispatch(3)
    channel.settle(1, { is: 'accepted' })
    await offered
    expect((await line()).connection).toBe(3)
    channel.settle(3, { is: 'accepted' })
    expect(await next).toEqual({ is: 'accepted' })
  })

  test('whose channel is lost loses all of it', async () => {
    const { dispatch, channel, line } = await offering(1)
    const all = [dispatch(1), dispatch(2)]
    await line()
    channel.close('the peer ended')
    expect(await Promise.all(all)).toMatchObject([{ is: 'lost' }, { is: 'lost' }])
  })
})
