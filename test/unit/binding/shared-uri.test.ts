/** The addresses that services share: wildcards, modes, and what is no such address. */
import { describe, expect, test } from 'vitest'
import { readSharedUri, sharedUriText } from '#binding/shared-uri.ts'

describe('a shared address', () => {
  test.each([
    ['net.tcp://+:9000/orders', undefined, 'StrongWildcard', 'net.tcp://+:9000/orders'],
    ['net.tcp://*:9000/orders', undefined, 'WeakWildcard', 'net.tcp://*:9000/orders'],
    ['net.tcp://+/orders', undefined, 'StrongWildcard', 'net.tcp://+:808/orders'],
    ['net.tcp://+', undefined, 'StrongWildcard', 'net.tcp://+:808/'],
    ['net.tcp://Host:9000/Orders/', undefined, 'StrongWildcard', 'net.tcp://host:9000/Orders'],
    ['net.tcp://host/a', 'Exact', 'Exact', 'net.tcp://host:808/a'],
    ['net.tcp://host/a', 'WeakWildcard', 'WeakWildcard', 'net.tcp://host:808/a'],
    ['NET.TCP://+:9000/x', 'StrongWildcard', 'StrongWildcard', 'net.tcp://+:9000/x'],
    ['net.tcp://[::1]:9000/x', undefined, 'StrongWildcard', 'net.tcp://[::1]:9000/x'],
    ['net.tcp://+:9000/a/../b/./ü', undefined, 'StrongWildcard', 'net.tcp://+:9000/b/%C3%BC'],
  ])('%s with the mode %s is %s', (text, mode, expected, canonical) => {
    const read = readSharedUri(text, mode)
    expect(read).toMatchObject({ is: 'uri', mode: expected })
    expect(read.is === 'uri' && sharedUriText(read)).toBe(canonical)
  })

  test.each([
    ['orders', undefined, 'no absolute address'],
    ['net.tcp://user@host/x', undefined, 'user info'],
    ['net.tcp://+:9000/x?y', undefined, 'a query'],
    ['net.tcp://+:9000/x#y', undefined, 'a fragment'],
    ['net.tcp://+:9000/x#', undefined, 'a fragment'],
    ['net.tcp://+:0/x', undefined, 'port is 0'],
    ['net.tcp://+:65536/x', undefined, 'no absolute address'],
    ['net.tcp://++/x', undefined, 'no absolute address'],
    ['net.tcp://+:9000/x', 'Exact', 'means StrongWildcard'],
    ['net.tcp://*:9000/x', 'StrongWildcard', 'means WeakWildcard'],
    ['net.tcp://h/x', 'exact', 'must be one of StrongWildcard, Exact, WeakWildcard'],
  ])('is not %s with the mode %s: %s', (text, mode, problem) => {
    expect(readSharedUri(text, mode)).toEqual({ is: 'wrong', problem: expect.stringContaining(problem) })
  })

  test('of another protocol is told by its scheme', () => {
    expect(readSharedUri('http://+:80/x')).toEqual({ is: 'otherProtocol', scheme: 'http' })
  })
})
