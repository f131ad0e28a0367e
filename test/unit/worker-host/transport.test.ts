/** What the connections of one application share. */
import { describe, expect, test } from 'vitest'
import { effectiveSettings, type WrittenSettings } from '#binding/settings.ts'
import { Transport } from '#worker-host/transport.ts'

function transportWith(settings: WrittenSettings): Transport {
  const transport = new Transport()
  transport.use(effectiveSettings(settings))
  return transport
}

const never = new AbortController().signal

/** Waits for a place under a name, which `came` gets when its turn has come. */
async function wait(transport: Transport, came: string[], name: string, signal = never) {
  const place = await transport.pend(signal)
  came.push(place ? name : `${name} gave up`)
  return place
}

test('has the defaults of the bindings until somebody says otherwise', () => {
  expect(new Transport().settings).toEqual(effectiveSettings({}))
})

describe('places for pending connections', () => {
  test('go to who comes first, and as many at a time as there are', async () => {
    const transport = transportWith({ maxPendingConnections: 2 })
    const came: string[] = []
    const [a, b] = await Promise.all([wait(transport, came, 'a'), wait(transport, came, 'b')])
    const later = [wait(transport, came, 'c'), wait(transport, came, 'd')]
    await new Promise(setImmediate)
    expect(came).toEqual(['a', 'b'])
    b?.[Symbol.dispose]()
    b?.[Symbol.dispose]()
    await later[0]
    await new Promise(setImmediate)
    expect(came).toEqual(['a', 'b', 'c'])
    a?.[Symbol.dispose]()
    await later[1]
    expect(came).toEqual(['a', 'b', 'c', 'd'])
  })

  test('are given up with the signal, and the next one is not held back by that', async () => {
    const transport = transportWith({ maxPendingConnections: 1 })
    const came: string[] = []
    const stop = new AbortController()
    const a = await wait(transport, came, 'a')
    const b = wait(transport, came, 'b', stop.signal)
    const c = wait(transport, came, 'c')
    stop.abort()
    await b
    a?.[Symbol.dispose]()
    await c
    expect(came).toEqual(['a', 'b gave up', 'c'])
  })

  test('that come in the moment of the signal are not lost', async () => {
    const transport = transportWith({ maxPendingConnections: 1 })
    const came: string[] = []
    const stop = new AbortController()
    const a = await wait(transport, came, 'a')
    const b = wait(transport, came, 'b', stop.signal)
    a?.[Symbol.dispose]()
    stop.abort()
    ;(await b)?.[Symbol.dispose]()
    await wait(transport, came, 'c')
    expect(came.at(-1)).toBe('c')
  })

  test('are more as soon as other settings are in force', async () => {
    const transport = transportWith({ maxPendingConnections: 1 })
    const came: string[] = []
    await wait(transport, came, 'a')
    const later = wait(transport, came, 'b')
    transport.use(effectiveSettings({ maxPendingConnections: 2 }))
    await later
    expect(came).toEqual(['a', 'b'])
  })
})
