import { cpSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { encodePreamble } from '#framing/preamble.ts'
import { hex } from '../../support/bytes.ts'
import { HostedWorker, welcome } from '../../support/hosted-worker.ts'
import { ownFolder } from '../../support/unix-pair.ts'

const appOf = (name: string) => join(import.meta.dirname, '../../fixtures/apps', name)

async function worker(name: string): Promise<HostedWorker> {
  const started = await HostedWorker.start()
  await started.activate(appOf(name))
  return started
}

const throws = () => worker('throws-on-demand')

describe('what the handler of a connection throws ends that connection only, and is told', () => {
  test.each(['in a listener', 'in a timer', 'in a promise', 'in the handler'])('%s', async (word) => {
    const hosted = await throws()
    const [good, bad] = [await hosted.connection(), await hosted.connection()]
    bad.write(Buffer.from(word))
    expect(await bad.readAll()).toHaveLength(0)
    const failure = { application: '/app', message: `failed: ${word}` }
    expect(await hosted.next('closed')).toEqual({ type: 'closed', connection: 2, failure })
    await hosted.until(() =>
      hosted.stderr.includes(`a connection of application /app failed: Error: failed: ${word}\n    at `),
    )
    good.write(Buffer.from('still there'))
    expect((await good.read(11)).toString()).toBe('still there')
    good.socket.end()
    expect(await hosted.next('closed')).toEqual({ type: 'closed', connection: 1 })
  })

  test('at once', async () => {
    const hosted = await throws()
    const { client, number, socket } = await hosted.accept()
    expect(await hosted.handOver(number, socket, '?at-once')).toBe('accepted')
    expect(await client.readAll()).toHaveLength(0)
    expect(await hosted.next('closed')).toMatchObject({ failure: { message: 'failed: at once' } })
  })

  test('after the end of its connection, when there is nothing left to end', async () => {
    const hosted = await throws()
    const [good, bad] = [await hosted.connection(), await hosted.connection()]
    bad.write(Buffer.from('after the end'))
    await hosted.until(() =>
      hosted.stderr.includes('application /app failed after its end: Error: failed: after the end'),
    )
    expect(await hosted.next('closed')).toEqual({ type: 'closed', connection: 2 })
    good.write(Buffer.from('still there'))
    expect((await good.read(11)).toString()).toBe('still there')
  })
})

describe('a session', () => {
  const start = Buffer.concat([
    encodePreamble({ mode: 'duplex', via: 'net.tcp://localhost/app', contentType: 'application/soap+msbin1' }),
    hex('0c'),
  ])
  const envelope = (text: string) => encodeSizedEnvelope(Buffer.from(text))

  async function session() {
    const hosted = await worker('fails-in-session')
    const client = await hosted.connection()
    client.write(start, envelope('ok'))
    expect(await client.read(1)).toEqual(hex('0b'))
    expect(await client.read(4)).toEqual(envelope('ok'))
    return { hosted, client }
  }

  test('whose handler throws is told with the connection that ended', async () => {
    const { hosted, client } = await session()
    client.write(envelope('fail'))
    expect(await client.readAll()).toHaveLength(0)
    const message = expect.stringContaining('no such order')
    expect(await hosted.next('closed')).toMatchObject({ connection: 1, failure: { application: '/app', message } })
    await hosted.until(() => hosted.stderr.includes('a connection of application /app failed: '))
  })

  test.each<[string, (client: Socket) => void]>([
    ['closes', (client) => void client.end()],
    ['resets the connection', (client) => void client.resetAndDestroy()],
  ])('whose client %s without ending it is no failure of the application', async (_, vanish) => {
    const { hosted, client } = await session()
    vanish(client.socket)
    expect(await hosted.next('closed')).toEqual({ type: 'closed', connection: 1 })
    expect(hosted.stderr).toBe('')
  })
})

describe('a worker process', () => {
  test('ends with code 1 when no connection can be blamed for an error', async () => {
    const hosted = await throws()
    hosted.process.kill('SIGUSR2')
    expect(await hosted.exited).toBe(1)
    expect(hosted.stderr).toMatch(/no connection can be blamed for.*Error: failed: in a signal handler/)
  })

  test('loads an application from a folder whose name a URL writes in another way', async () => {
    const folder = join(ownFolder(), 'a b#c%20?')
    cpSync(appOf('echoes-bytes'), folder, { recursive: true })
    const hosted = await HostedWorker.start()
    await hosted.activate(folder)
  })

  test('tells why an application does not load, and goes on', async () => {
    const hosted = await HostedWorker.start()
    hosted.tell(welcome)
    hosted.tell({ type: 'activate', application: '/gone', path: '/gone', folder: '/nowhere', bases: [] })
    const failed = await hosted.next('activationFailed')
    expect(failed).toMatchObject({ application: '/gone', message: 'the folder /nowhere does not exist' })
    expect(failed.detail).toMatch(/^Error: the folder .*\n +at /)
    await hosted.activate(appOf('echoes-bytes'))
  })

  test('rejects a connection for a registration that it does not have, whole', async () => {
    const hosted = await HostedWorker.start()
    hosted.tell(welcome)
    const { number, socket } = await hosted.accept()
    expect(await hosted.handOver(number, socket)).toBe('rejected')
  })

  test('answers a ping, and takes an application back', async () => {
    const hosted = await worker('echoes-bytes')
    hosted.tell({ type: 'ping', request: 7 })
    expect(await hosted.next('pong')).toEqual({ type: 'pong', request: 7 })
    hosted.tell({ type: 'deactivate', application: '/app', reason: 'removed' })
    expect(await hosted.next('unregister')).toEqual({ type: 'unregister', registration: 1 })
    const { number, socket } = await hosted.accept()
    expect(await hosted.handOver(number, socket)).toBe('rejected')
  })

  test('finishes its connections when it is to go, and then leaves with code 0', async () => {
    const hosted = await worker('echoes-bytes')
    const client = await hosted.connection()
    hosted.tell({ type: 'drain', reason: 'shutdown', timeLimit: 60_000 })
    hosted.tell({ type: 'ping', request: 1 })
    await hosted.next('pong')
    client.write(Buffer.from('last words'))
    client.socket.end()
    expect((await client.readAll()).toString()).toBe('net.tcp://localhost/app/1\nlast words')
    await hosted.next('leave')
    expect(await hosted.exited).toBe(0)
  })

  test('ends connections that take longer than the time limit', async () => {
    const hosted = await worker('echoes-bytes')
    const client = await hosted.connection()
    hosted.tell({ type: 'drain', reason: 'shutdown', timeLimit: 50 })
    await client.readAll()
    expect(await hosted.exited).toBe(0)
  })

  test('that is refused says why and ends with code 1', async () => {
    const hosted = await HostedWorker.start()
    hosted.tell({ type: 'refused', status: 'InvalidArgument', message: 'who are you', remedy: 'Go.' })
    expect(await hosted.exited).toBe(1)
    expect(hosted.stderr).toContain('Portico does not take this process: who are you: Go.')
  })
})

test('a worker process tells what a loading took, by how long ago each step was', async () => {
  const hosted = await HostedWorker.start()
  hosted.tell({ type: 'activate', application: '/app', path: '/app', folder: appOf('echoes-bytes'), bases: [] })
  const { steps = [] } = await hosted.next('register')
  expect(steps.map(({ step }) => step)).toEqual(['module imported', 'services read'])
  const ago = steps.map((each) => each.ago)
  expect(ago).toEqual([...ago].sort((a, b) => b - a))
})

describe('a worker process whose channel is lost', () => {
  test('comes back with its connections alive, and registers again', async () => {
    const hosted = await worker('echoes-bytes')
    const client = await hosted.connection()
    await client.read('net.tcp://localhost/app/1\n'.length)
    hosted.loseChannel()
    expect(await hosted.next('hello')).toEqual({ type: 'hello', version: 1, token: 'token', open: 1 })
    client.write(Buffer.from('alive'))
    expect((await client.read(5)).toString()).toBe('alive')
    hosted.tell(welcome)
    expect(await hosted.next('register')).toEqual({ type: 'register', application: '/app' })
    hosted.tell({ type: 'registered', registration: 1, application: '/app' })
    const next = await hosted.connection()
    expect((await next.read(7)).toString()).toBe('net.tcp')
    client.socket.end()
    expect(await hosted.next('closed')).toEqual({ type: 'closed', connection: 1 })
  })

  test('lives on without Portico as long as it has a connection, and then leaves', async () => {
    const hosted = await HostedWorker.start()
    hosted.tell({ ...welcome, idleTimeout: 10 })
    hosted.tell({ type: 'activate', application: '/app', path: '/app', folder: appOf('echoes-bytes'), bases: [] })
    await hosted.next('register')
    hosted.tell({ type: 'registered', registration: 1, application: '/app' })
    const client = await hosted.connection()
    hosted.loseChannel({ forGood: true })
    await client.read('net.tcp://localhost/app/1\n'.length)
    for (let round = 0; round < 20; round++) {
      client.write(Buffer.from('alive'))
      expect((await client.read(5)).toString()).toBe('alive')
    }
    client.socket.end()
    expect(await hosted.exited).toBe(0)
  })

  test('waits out an idleTimeout that is longer than the timers of Node', async () => {
    const hosted = await HostedWorker.start()
    hosted.tell({ ...welcome, idleTimeout: 30 * 24 * 3600 * 1000 })
    hosted.tell({ type: 'ping', request: 1 })
    await hosted.next('pong')
    hosted.loseChannel()
    await hosted.next('hello')
    hosted.tell({ type: 'ping', request: 2 })
    await hosted.next('pong')
    expect(hosted.stderr).not.toContain('TimeoutOverflowWarning')
  })
})

/** An application that works for a while after the end of each connection, and says so on stderr. */
const works = `
  const say = (text) => process.stderr.write(text + '\\n')
  export default {
    connection(socket, context) {
      const lease = context.lease('work')
      socket.resume().on('close', () => setTimeout(() => { say('done'); lease[Symbol.dispose]() }, 100))
      socket.on('end', () => socket.end())
    },
    stop() { say('stopped') },
  }`

async function working(changes: object = {}): Promise<HostedWorker> {
  const folder = ownFolder()
  writeFileSync(join(folder, 'index.mjs'), works)
  const hosted = await HostedWorker.start()
  hosted.tell({ ...welcome, ...changes })
  hosted.tell({ type: 'activate', application: '/app', path: '/app', folder, bases: [] })
  await hosted.next('register')
  hosted.tell({ type: 'registered', registration: 1, application: '/app' })
  return hosted
}

describe('work without a connection', () => {
  test('is told, and is waited for when the worker process is to go', async () => {
    const hosted = await working()
    const client = await hosted.connection()
    expect(await hosted.next('lease')).toMatchObject({ number: 1, application: '/app', name: 'work' })
    hosted.tell({ type: 'drain', reason: 'shutdown', timeLimit: 60_000 })
    client.socket.end()
    await hosted.next('closed')
    expect(await hosted.next('released')).toEqual({ type: 'released', number: 1 })
    await hosted.next('leave')
    expect(await hosted.exited).toBe(0)
    expect(hosted.stderr).toMatch(/done\n(?:.*\n)*stopped/)
  })

  test('is waited for when its application is removed', async () => {
    const hosted = await working()
    const client = await hosted.connection()
    hosted.tell({ type: 'deactivate', application: '/app', reason: 'removed' })
    client.socket.end()
    await hosted.until(() => hosted.stderr.includes('stopped'))
    expect(hosted.stderr).toMatch(/done\n(?:.*\n)*stopped/)
  })

  test('keeps a worker process that Portico does not come back to', async () => {
    const hosted = await working({ idleTimeout: 10 })
    const client = await hosted.connection()
    hosted.loseChannel({ forGood: true })
    client.socket.end()
    expect(await hosted.exited).toBe(0)
    expect(hosted.stderr).toMatch(/done\n(?:.*\n)*stopped/)
  })

  test('is told again after the channel was lost', async () => {
    const hosted = await working()
    await hosted.connection()
    await hosted.next('lease')
    hosted.loseChannel()
    await hosted.next('hello')
    hosted.tell(welcome)
    expect(await hosted.next('lease')).toMatchObject({ number: 1, application: '/app', name: 'work' })
  })

  test('of an application whose start failed is none', async () => {
    const folder = ownFolder()
    const fails = `export default { start(context) { context.lease('work'); throw new Error('it fails') }, connection() {} }`
    writeFileSync(join(folder, 'index.mjs'), fails)
    const hosted = await HostedWorker.start()
    hosted.tell(welcome)
    hosted.tell({ type: 'activate', application: '/app', path: '/app', folder, bases: [] })
    await hosted.next('activationFailed')
    expect(await hosted.next('released')).toEqual({ type: 'released', number: 1 })
  })
})

test('an application that is asked for again, because its registration was on its way, is not loaded twice', async () => {
  const hosted = await worker('echo')
  const ask = (application: string) =>
    hosted.tell({ type: 'activate', application, path: application, folder: appOf('echo'), bases: [] })
  ask('/app')
  ask('/other')
  expect(await hosted.next('register')).toMatchObject({ application: '/other' })
})
