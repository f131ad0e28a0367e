/** Deploying by copying, removing, and changing the configuration while Portico runs. */
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { freePort } from '../support/portico-folders.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'
import { SkippableClock } from '../support/skippable-clock.ts'

describe('a folder in apps/', () => {
  test('that appears is an application, and one that goes is not, while its connections finish', async () => {
    await using portico = await PorticoUnderTest.start()
    expect(await portico.call('/echo')).toBe('EndpointNotFound')
    portico.folders.deploy('echo', 'echo')
    await portico.event('application.deployed')
    using client = await portico.open('/echo')
    expect(await client.answer()).toBe('ack')

    rmSync(join(portico.folders.apps, 'echo'), { recursive: true })
    await portico.event('application.removed')
    expect(await portico.call('/echo')).toBe('EndpointNotFound')
    expect(await client.call('still here')).toBe('still here')
    await portico.event('worker.draining')
    await client.finish()
    await portico.event('worker.exited')
  })

  test('whose files are still arriving is loaded once they are complete', async () => {
    await using portico = await PorticoUnderTest.start({}, new SkippableClock())
    portico.folders.deploy('late', { 'index.mjs': `export { default } from './part.mjs'` })
    await portico.event('application.deployed')
    const reply = portico.call('/late')
    await expect.poll(() => portico.status.applications[0]?.waiting).toBe(1)
    writeFileSync(
      join(portico.folders.apps, 'late', 'part.mjs'),
      'export default { async session(s) { for await (const e of s) await s.send(e) } }',
    )
    expect(await reply).toBe('hello')
  })

  test('that is replaced by another version runs the new one', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { app: version(1), other: 'echo' } })
    expect(await portico.call('/app')).toBe('version 1')
    expect(await portico.call('/other')).toBe('hello')
    // At once: both changes are noticed together.
    renameSync(join(portico.folders.apps, 'app'), join(portico.folders.root, 'old'))
    portico.folders.deploy('app', version(2))
    await portico.event('application.deployed')
    expect(await portico.call('/app')).toBe('version 2')
  })

  test('that is a link runs the new version when the link is switched, while open connections finish on the old', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { other: 'echo' } })
    const { root, apps } = portico.folders
    for (const n of [1, 2]) portico.folders.deploy(`../release-${n}`, version(n))
    symlinkSync(join(root, 'release-1'), join(apps, 'app'))
    await portico.event('application.deployed')
    using client = await portico.open('/app')
    expect(await client.answer()).toBe('ack')
    expect(await client.call('which')).toBe('version 1')
    symlinkSync(join(root, 'release-2'), join(apps, '.app'))
    renameSync(join(apps, '.app'), join(apps, 'app'))
    await portico.event('application.deployed')
    expect(await portico.call('/app')).toBe('version 2')
    expect(await client.call('which')).toBe('version 1')
  })
})

describe('the configuration', () => {
  test('that is broken while running leaves the last good one in force, and shows; repaired, it is in force', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    portico.folders.configure({ pools: '<add name="DefaultAppPool"><processModel idleTimeout="soon"/></add>' })
    expect((await portico.event('configuration.refused')).level).toBe('error')
    expect(portico.status.configuration.problem).toMatch(/applicationHost\.config:2.*idleTimeout.*soon/s)
    expect(await portico.call('/echo')).toBe('hello')
    portico.folders.configure({ pools: '<add name="DefaultAppPool"/><add name="Another"/>' })
    await portico.event('configuration.changed')
    expect(portico.status.configuration.problem).toBeUndefined()
    expect(portico.status.pools.map((pool) => pool.name)).toEqual(['DefaultAppPool', 'Another'])
  })

  test('that changes the port opens the new one and closes the old one, whose connections go on', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    using client = await portico.open('/echo')
    expect(await client.answer()).toBe('ack')
    const other = await freePort()
    portico.folders.configure({}, other)
    await portico.event('configuration.changed')
    using moved = await NetTcpClient.open(other, '/echo')
    expect(await moved.answer()).toBe('ack')
    expect(await client.call('still here')).toBe('still here')
    await expect(portico.open('/echo')).rejects.toThrow('ECONNREFUSED')
  })

  test('whose port is in use is refused, and folders are still deployed', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    await using second = await PorticoUnderTest.start()
    portico.folders.configure({}, second.port)
    await portico.event('configuration.refused')
    expect(portico.status.configuration.problem).toContain(`port ${second.port}`)
    portico.folders.deploy('more', 'echo')
    await portico.event('application.deployed')
    expect(await portico.call('/more')).toBe('hello')
  })

  test('can stop a pool: its applications are unavailable', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo', off: 'echo' },
      pools: '<add name="DefaultAppPool"/><add name="Off" autoStart="false"/>',
      applications: '<application path="/off" applicationPool="Off"/>',
    })
    expect(await portico.call('/off')).toBe('EndpointUnavailable')
    expect(await portico.call('/echo')).toBe('hello')
  })

  test('can take net.tcp from an application: it is unavailable, and its parent does not answer for it', async () => {
    await using portico = await PorticoUnderTest.start({
      apps: { echo: 'echo' },
      applications: '<application path="/echo/inner" applicationPool="DefaultAppPool" enabledProtocols="http"/>',
    })
    expect(await portico.call('/echo/inner')).toBe('EndpointUnavailable')
    expect(await portico.call('/echo/other')).toBe('hello')
  })
})

describe('a pooled connection', () => {
  test('carries one session after the other', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    using client = await portico.open('/echo')
    for (let n = 0; n < 3; n++) {
      expect(await client.answer()).toBe('ack')
      expect(await client.call(`session ${n}`)).toBe(`session ${n}`)
      client.endSession()
      expect(await client.read(1)).toEqual(Buffer.of(7))
      client.beginSession(portico.port, '/echo')
    }
  })

  test('is closed without a fault when its next session is for another application', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo', other: 'echo' } })
    using client = await portico.open('/echo')
    expect(await client.answer()).toBe('ack')
    client.endSession()
    expect(await client.read(1)).toEqual(Buffer.of(7))
    client.beginSession(portico.port, '/other')
    expect(await client.answer()).toBe('closed')
  })

  test('does not keep a worker process from ending when Portico stops', async () => {
    await using portico = await PorticoUnderTest.start({ apps: { echo: 'echo' } })
    using client = await portico.open('/echo')
    expect(await client.answer()).toBe('ack')
    client.endSession()
    expect(await client.read(1)).toEqual(Buffer.of(7))
    await portico.stop()
    expect(await client.readAll()).toHaveLength(0)
  })
})

const version = (n: number) => ({
  'index.mjs': `export default { async session(s) { for await (const _ of s) await s.send(Buffer.from('version ${n}')) } }`,
})
