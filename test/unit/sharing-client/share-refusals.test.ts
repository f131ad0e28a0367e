/** What somebody reads whose URI can't be shared before Portico was even asked, and where Portico is looked for. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { machineHome } from '#base/home.ts'
import { type ShareOptions, SharingError, share } from '#sharing-client/share.ts'
import { endingError } from '#sharing-client/sharing-error.ts'
import { sharingSocket } from '#sharing-client/sharing-socket.ts'
import { isRoot } from '../../support/is-root.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const uri = 'net.tcp://+:9000/orders'

async function refusal(options: Partial<ShareOptions>): Promise<SharingError> {
  const error = await share({ uri, home: ownFolder(), ...options }).catch((reason: unknown) => reason)
  if (!(error instanceof SharingError)) throw error
  return error
}

describe('a URI is not shared', () => {
  test('when there is no socket: the error says where Portico was looked for and how to start it', async () => {
    const home = ownFolder()
    expect(await refusal({ home })).toMatchObject({
      status: 'NotRunning',
      message: expect.stringMatching(
        new RegExp(`^net\\.tcp://\\+:9000/orders can't be shared: no Portico answers at ${home}/sharing.sock .*ENOENT`),
      ),
      remedy: expect.stringContaining('portico serve'),
    })
  })

  test('when nobody listens on the socket any more', async () => {
    const home = ownFolder()
    writeFileSync(join(home, 'sharing.sock'), '') // a socket without a listener answers the same: ECONNREFUSED
    expect(await refusal({ home })).toMatchObject({
      status: 'NotRunning',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('when the way to the socket is closed to the account', () => {
    const cause = Object.assign(new Error('connect EACCES /srv/sharing.sock'), { code: 'EACCES' })
    expect(endingError({ is: 'lost', cause }, uri, '/srv/sharing.sock')).toMatchObject({
      status: 'AccessDenied',
      message: expect.stringMatching(/may not pass to \/srv\/sharing\.sock .*EACCES/),
      remedy: expect.stringContaining('chmod o+x'),
    })
  })

  test.skipIf(isRoot)('when the home is closed to the account', async () => {
    const home = join(ownFolder(), 'home')
    mkdirSync(home)
    chmodSync(home, 0)
    const error = await refusal({ home }).finally(() => chmodSync(home, 0o700)) // so that it can be removed
    expect(error).toMatchObject({ status: 'AccessDenied' })
  })

  test('when it is too long', async () => {
    const long = `net.tcp://+/${'é'.repeat(400)}` // an escape for each byte
    expect(await refusal({ uri: long })).toMatchObject({
      status: 'PathTooLong',
      message: expect.stringContaining('2416 bytes'),
    })
  })

  test.each([
    ['a query', { uri: `${uri}?x` }, 'a query or a fragment'],
    ['a mode that contradicts its host', { hostNameComparisonMode: 'Exact' as const }, 'means StrongWildcard'],
    ['a base address that is none', { baseAddress: 'orders' }, 'the base address orders'],
    ['a negative time', { binding: { idleTimeout: -1 } }, 'idleTimeout is -1'],
    ['no time to begin', { binding: { channelInitializationTimeout: 0 } }, 'must be positive'],
    ['half a connection', { binding: { maxPendingConnections: 0.5 } }, 'maxPendingConnections is 0.5'],
    ['endless connections', { binding: { maxPendingAccepts: Number.POSITIVE_INFINITY } }, 'maxPendingAccepts is Inf'],
    ['a setting that no binding has', { binding: { maxConnections: 10 } as object }, 'no setting maxConnections'],
  ])('with %s', async (_, options, problem) => {
    const error = await refusal(options)
    expect(error.status).toBe('InvalidArgument')
    expect(error.message).toContain(problem)
    expect(error.message).toContain(uri)
  })
})

describe('Portico is looked for', () => {
  test('where the options say, the socket before the home', () => {
    expect(sharingSocket({ socket: '/run/a.sock', home: '/srv/b' })).toBe('/run/a.sock')
    expect(sharingSocket({ home: '/srv/b' }, { PORTICO_HOME: '/srv/c' })).toBe('/srv/b/sharing.sock')
  })

  test('where PORTICO_HOME says, whether it is there or not', () => {
    expect(sharingSocket({}, { PORTICO_HOME: '/srv/c' })).toBe('/srv/c/sharing.sock')
  })

  test.skipIf(isRoot)("in the account's own home if it has a socket, else in the machine's", async () => {
    const state = ownFolder()
    const env = { XDG_STATE_HOME: state }
    expect(sharingSocket({}, env)).toBe(join(machineHome, 'sharing.sock'))
    mkdirSync(join(state, 'portico'))
    const own = join(state, 'portico', 'sharing.sock')
    const server = createServer().listen(own)
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      expect(sharingSocket({}, env)).toBe(own)
    } finally {
      server.close()
    }
  })
})
