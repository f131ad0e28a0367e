import { describe, expect, test } from 'vitest'
import { CarriedConnections } from '#handoff/carried-connections.ts'

const local = { address: '127.0.0.1', port: 808 }
const dispatchable = (number: number, via = 'net.tcp://x/a') => {
  return { number, descriptor: 5, via, remote: { address: '::1', port: 40_000 + number }, local }
}

describe('what is known of the connections of a worker process', () => {
  test('is there from when it took one until it says that it has ended', () => {
    const carried = new CarriedConnections()
    using _offer = carried.offer(dispatchable(1), '/a')
    expect([...carried.open]).toEqual([])
    carried.accepted(1, 77)
    expect([...carried.open]).toEqual([
      { number: 1, application: '/a', via: 'net.tcp://x/a', from: '::1:40001', since: 77 },
    ])
    expect(carried.closed(1)).toBe(true)
    expect([...carried.open]).toEqual([])
    expect(carried.closed(1)).toBe(false)
  })

  test('is only their number for those of an earlier channel, and those that were given up meanwhile', () => {
    const carried = new CarriedConnections(1)
    carried.accepted(7, 77)
    expect([carried.closed(3), carried.closed(7), carried.closed(8)]).toEqual([true, true, false])
  })

  test('is nothing of one that was not offered, or no longer', () => {
    const carried = new CarriedConnections()
    carried.offer(dispatchable(1), '/a')[Symbol.dispose]()
    carried.accepted(1, 77)
    carried.accepted(2, 77)
    expect([...carried.open]).toEqual([])
  })

  test('is bounded: the beginning of a via, on one line, and so many of them', () => {
    const carried = new CarriedConnections()
    for (let number = 0; number < 10_100; number++) {
      using _offer = carried.offer(dispatchable(number, `net.tcp://x/\u001b${'a'.repeat(8_000)}`), '/a')
      carried.accepted(number, 77)
    }
    const open = [...carried.open]
    expect(open).toHaveLength(10_000)
    expect(open[0]?.via).toMatch(/^net\.tcp:\/\/x\/\\u\{1b\}a+…$/)
    expect(open[0]?.via.length).toBeLessThan(300)
  })
})
