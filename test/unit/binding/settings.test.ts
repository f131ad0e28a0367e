/** The values in force: what is computed, and the ten that isn't ten. */
import { describe, expect, test } from 'vitest'
import { effectiveSettings, settingsFromJson, settingsToJson } from '#binding/settings.ts'

const processors = 8

describe('the values in force', () => {
  test('of a binding without a word are the defaults, computed for the processors of the machine', () => {
    expect(effectiveSettings({}, processors)).toEqual({
      channelInitializationTimeout: 30_000,
      connectionBufferSize: 8192,
      maxPendingConnections: 96,
      maxOutputDelay: 200,
      maxPendingAccepts: 16,
      idleTimeout: 120_000,
      maxOutboundConnectionsPerEndpoint: 96,
    })
  })

  test.each([
    ['zero pending connections are the computed number', { maxPendingConnections: 0 }, 'maxPendingConnections', 96],
    ['zero pending accepts are the computed number', { maxPendingAccepts: 0 }, 'maxPendingAccepts', 16],
    ['a buffer of zero bytes is the default', { connectionBufferSize: 0 }, 'connectionBufferSize', 8192],
    ['a delay of zero is zero', { maxOutputDelay: 0 }, 'maxOutputDelay', 0],
    ['an idle time of zero is zero', { idleTimeout: 0 }, 'idleTimeout', 0],
    [
      'a written ten of kept connections is not ten',
      { maxOutboundConnectionsPerEndpoint: 10 },
      'maxOutboundConnectionsPerEndpoint',
      96,
    ],
    ['eleven are eleven', { maxOutboundConnectionsPerEndpoint: 11 }, 'maxOutboundConnectionsPerEndpoint', 11],
    ['none are none', { maxOutboundConnectionsPerEndpoint: 0 }, 'maxOutboundConnectionsPerEndpoint', 0],
    ['ten pending connections are ten', { maxPendingConnections: 10 }, 'maxPendingConnections', 10],
  ] as const)('%s', (_, written, property, expected) => {
    expect(effectiveSettings(written, processors)[property]).toBe(expected)
  })

  test('go through JSON and back, also those that never end', () => {
    const settings = effectiveSettings({ idleTimeout: Number.POSITIVE_INFINITY, maxOutputDelay: 0 }, processors)
    const json = JSON.parse(JSON.stringify(settingsToJson(settings)))
    expect(json.idleTimeout).toBeNull()
    expect(settingsFromJson(json)).toEqual(settings)
    expect(settingsFromJson({ maxPendingAccepts: 3 })).toEqual({ maxPendingAccepts: 3 })
  })
})
