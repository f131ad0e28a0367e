/** The first endpoint's rule: who may join whom, and what the one that may not is told. */
import { describe, expect, test } from 'vitest'
import { differenceText, type EndpointSettings, join } from '#binding/rule.ts'
import { bindingProperties, effectiveSettings, type WrittenSettings } from '#binding/settings.ts'

const processors = 8

function endpoint(written: WrittenSettings, setAt: EndpointSettings['setAt'] = {}): EndpointSettings {
  return { endpoint: 'net.tcp://localhost/orders', settings: effectiveSettings(written, processors), setAt }
}

/** The settings of a netTcpBinding, whose maxConnections sets two of them. */
const netTcp = (maxConnections: number) =>
  endpoint({ maxPendingConnections: maxConnections, maxOutboundConnectionsPerEndpoint: maxConnections || 10 })

describe('an endpoint', () => {
  test('that is the first has its settings in force', () => {
    const first = endpoint({ connectionBufferSize: 512 })
    expect(join(undefined, first)).toEqual({ is: 'first', inForce: first })
  })

  test.each([
    ['nothing against nothing', endpoint({}), endpoint({})],
    ['nothing against maxConnections="96"', endpoint({}), netTcp(96)],
    [
      'nothing against ten written connections to keep',
      endpoint({}),
      endpoint({ maxOutboundConnectionsPerEndpoint: 10 }),
    ],
    ['nothing against the number that is computed', endpoint({}), endpoint({ maxOutboundConnectionsPerEndpoint: 96 })],
    ['nothing against maxConnections="0"', endpoint({}), netTcp(0)],
  ])('with equal values in force joins: %s', (_, first, later) => {
    expect(join(first, later).is).toBe('same')
    expect(join(later, first).is).toBe('same')
  })

  test('that asks for maxConnections="10" differs in the pending connections alone', () => {
    const joining = join(endpoint({}), netTcp(10))
    expect(joining).toMatchObject({ is: 'differs', differences: [{ property: 'maxPendingConnections' }] })
  })

  test.each(bindingProperties)(
    'that differs in %s alone is told so, with both values and where each was set',
    (property) => {
      const first = endpoint({})
      const later = endpoint({ [property]: 7 }, { [property]: 'web.config:12' })
      const joining = join(first, later)
      expect(joining.is === 'differs' && joining.differences.map((it) => it.property)).toEqual([property])
      expect(joining.is === 'differs' && joining.differences.map(differenceText).join()).toMatch(
        new RegExp(`^${property} is .+ \\(by default\\) and would be 7( ms)? \\(web.config:12\\)$`),
      )
      expect(joining.inForce).toBe(first)
    },
  )

  test('that differs in several is told all of them', () => {
    const joining = join(endpoint({}), endpoint({ idleTimeout: 1, maxOutputDelay: Number.POSITIVE_INFINITY }))
    expect(joining.is === 'differs' && joining.differences.map(differenceText)).toEqual([
      'maxOutputDelay is 200 ms (by default) and would be unlimited (by default)',
      'idleTimeout is 2 min (by default) and would be 1 ms (by default)',
    ])
  })
})
