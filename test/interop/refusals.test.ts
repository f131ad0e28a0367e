/** What Portico's refusals are to WCF clients: the exceptions that their programs have handlers for. */
import { beforeAll, describe, expect, test } from 'vitest'
import { faultUri } from '#framing/faults.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { isMissing, told } from './support/clients.ts'

const refuses = (fault: string) => ({
  'index.mjs': `export default { session: (session) => session.refuse('${fault}') }`,
})
const apps = {
  busy: refuses('ServerTooBusy'),
  unsuitable: refuses('ContentTypeInvalid'),
  broken: 'throws-at-load',
  fails: {
    'index.mjs': `export default { async session(session) { for await (const _ of session) throw new Error('on purpose') } }`,
  },
}

describe('a connection that is refused', () => {
  let port = 0
  beforeAll(async () => {
    const portico = await PorticoUnderTest.start({ apps })
    port = portico.port
    return () => portico[Symbol.asyncDispose]()
  })

  test.skipIf(isMissing('.NET client')).each([
    ['EndpointNotFoundException', '/nowhere', 'There was no endpoint listening at'],
    ['ServerTooBusyException', '/busy', 'is too busy'],
    ['ProtocolException', '/unsuitable', 'The client and service bindings may be mismatched'],
    ['ServiceActivationException', '/broken', 'could not be activated'],
    ['ProtocolException', '/fails', 'Error while reading message framing format'],
  ])('is %s to .NET at %s', async (exception, path, message) => {
    const [call] = await told('.NET client', port, path, 'once')
    expect(call).toEqual({ Add: { threw: exception, message: expect.stringContaining(message) } })
  })

  test.skipIf(isMissing('Mono client')).each([
    ['EndpointNotFound', '/nowhere'],
    ['ServerTooBusy', '/busy'],
    ['ServiceActivationFailed', '/broken'],
    ['ContentTypeInvalid', '/unsuitable'],
  ] as const)('is %s to Mono at %s', async (fault, path) => {
    const [call] = await told('Mono client', port, path, 'once')
    expect(call).toMatchObject({ Add: { threw: 'FaultException', message: faultUri(fault) } })
  })
})
