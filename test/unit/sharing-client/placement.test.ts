/** Which registration an endpoint gets, and which endpoint a connection: the rules of self-hosted WCF services. */
import { describe, expect, test } from 'vitest'
import { differenceText, type EndpointSettings } from '#binding/rule.ts'
import { effectiveSettings, type WrittenSettings } from '#binding/settings.ts'
import { sharedUriText } from '#binding/shared-uri.ts'
import { keyOf, type Place, placeOf } from '#sharing-client/place.ts'
import { candidates, endpointFor, placeEndpoint } from '#sharing-client/placement.ts'

const at = (uri: string): Place => {
  const place = placeOf(uri, undefined)
  if (typeof place === 'string') throw new Error(place)
  return place
}
const settings = (endpoint: string, written: WrittenSettings = {}): EndpointSettings => ({
  endpoint,
  settings: effectiveSettings(written, 8),
  setAt: {},
})
const tried = (uri: string, base: string) => candidates(at(uri), at(base)).map(sharedUriText)

describe('what is registered for an endpoint', () => {
  test('is its base address first, then a segment more each time, up to its own URI', () => {
    expect(tried('net.tcp://+:9000/shop/orders/tcp', 'net.tcp://+:9000/shop')).toEqual([
      'net.tcp://+:9000/shop',
      'net.tcp://+:9000/shop/orders',
      'net.tcp://+:9000/shop/orders/tcp',
    ])
  })

  test.each([
    ['a base address that is its own URI', 'net.tcp://+:9000/shop/', 'net.tcp://+:9000/shop'],
    ['a base address that ends inside a segment', 'net.tcp://+:9000/shopping', 'net.tcp://+:9000/shop'],
    ['a base address on another port', 'net.tcp://+:9000/shop/orders', 'net.tcp://+:9001/shop'],
    ['a base address with another host', 'net.tcp://alpha:9000/shop/orders', 'net.tcp://beta:9000/shop'],
    ['a base address below it', 'net.tcp://+:9000/shop', 'net.tcp://+:9000/shop/orders'],
  ])('is its own URI for %s', (_, uri, base) => {
    expect(tried(uri, base)).toEqual([uri.replace(/\/$/, '')])
  })

  test('is the base address whatever its case, in the spelling of the endpoint', () => {
    expect(tried('net.tcp://+:9000/Shop/Orders', 'net.tcp://+:9000/SHOP/')[0]).toBe('net.tcp://+:9000/Shop')
  })
})

describe('endpoints of one process', () => {
  const places = candidates(at('net.tcp://+:9000/shop/orders/tcp'), at('net.tcp://+:9000/shop'))
  const first = new Map([[keyOf(at('net.tcp://+:9000/SHOP')), settings('the first')]])

  test('share the registration of their base address when their settings are equal', () => {
    expect(placeEndpoint(places, first, settings('later'))).toEqual({ is: 'joins', key: [...first.keys()][0] })
  })

  test('with other settings are registered one segment deeper', () => {
    const placement = placeEndpoint(places, first, settings('later', { maxPendingConnections: 10 }))
    expect(placement.is === 'new' && sharedUriText(placement.place)).toBe('net.tcp://+:9000/shop/orders')
  })

  test('join a registration one segment deeper when that has their settings', () => {
    const key = keyOf(at('net.tcp://+:9000/shop/orders'))
    const two = new Map([...first, [key, settings('the second', { maxPendingConnections: 10 })]])
    expect(placeEndpoint(places, two, settings('later', { maxPendingConnections: 10 }))).toEqual({ is: 'joins', key })
  })

  test('fail when no longer path remains, and learn each difference', () => {
    const placement = placeEndpoint(
      [at('net.tcp://+:9000/shop')],
      first,
      settings('later', { maxPendingConnections: 10, idleTimeout: 1 }),
    )
    expect(placement.is === 'conflicts' && placement.differences.map(differenceText)).toEqual([
      'maxPendingConnections is 96 (by default) and would be 10 (by default)',
      'idleTimeout is 2 min (by default) and would be 1 ms (by default)',
    ])
  })

  test.each([
    ['another mode', 'net.tcp://*:9000/shop'],
    ['another port', 'net.tcp://+:9001/shop'],
    ['an address of the machine', 'net.tcp://10.0.0.5:9000/shop'],
  ])('do not meet in %s', (_, uri) => {
    expect(placeEndpoint([at(uri)], first, settings('later')).is).toBe('new')
  })

  test('meet under any host name where any host name will do', () => {
    expect(placeEndpoint([at('net.tcp://localhost:9000/shop')], first, settings('later')).is).toBe('joins')
  })
})

describe('a connection', () => {
  const endpoints = ['net.tcp://+/shop', 'net.tcp://+/shop/orders', 'net.tcp://+/shop/orders/tcp'].map((uri) => ({
    place: at(uri),
  }))
  const path = (via: string) => endpointFor(endpoints, via)?.place.path

  test.each([
    ['/shop', '/shop'],
    ['/SHOP/Orders', '/shop/orders'],
    ['/shop/orders/tcp/deeper', '/shop/orders/tcp'],
    ['/shop//orders/', '/shop/orders'],
    ['/shop/ordersAndMore', '/shop'],
    ['/shopping', undefined],
    ['/', undefined],
  ])('for %s goes to the endpoint %s', (via, expected) => {
    expect(path(via)).toBe(expected)
  })
})

describe('the URI of an endpoint', () => {
  test.each([
    ['net.tcp://+:9000/a', undefined, { mode: 'StrongWildcard', host: '+', port: 9000, path: '/a' }],
    ['net.tcp://*/a', undefined, { mode: 'WeakWildcard', host: '*', port: 808, path: '/a' }],
    ['net.tcp://Host/a/../b', 'Exact', { mode: 'Exact', host: 'host', port: 808, path: '/b' }],
    ['net.tcp://host', undefined, { mode: 'StrongWildcard', host: 'host', port: 808, path: '/' }],
    ['net.tcp://[::1]:9/', 'WeakWildcard', { mode: 'WeakWildcard', host: '[::1]', port: 9, path: '/' }],
    ['net.tcp://+', 'StrongWildcard', { mode: 'StrongWildcard', host: '+', port: 808, path: '/' }],
  ] as const)('%s with the mode %s is a place', (uri, mode, place) => {
    expect(placeOf(uri, mode)).toEqual(place)
  })

  test.each([
    ['/orders', undefined, 'absolute'],
    ['http://+:9000/orders', undefined, 'net.tcp'],
    ['net.tcp://user@host/orders', undefined, 'user info'],
    ['net.tcp://+:9000/orders?x=1', undefined, 'query'],
    ['net.tcp://+:9000/orders#x', undefined, 'fragment'],
    ['net.tcp://+:9000/orders?', undefined, 'query'],
    ['net.tcp://+:9000/orders', 'Exact', 'means StrongWildcard'],
    ['net.tcp://*:9000/orders', 'StrongWildcard', 'means WeakWildcard'],
    ['net.tcp://+x:9000/orders', undefined, 'absolute'],
  ] as const)('%s with the mode %s is refused', (uri, mode, word) => {
    expect(placeOf(uri, mode)).toContain(word)
  })
})
