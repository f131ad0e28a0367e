/** What `portico identity` and `portico doctor` tell an administrator. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { poolSid, userSid } from '#identity/sid.ts'
import { accountAt } from '../support/deeds.ts'
import { isRoot } from '../support/is-root.ts'
import { PorticoFolders } from '../support/portico-folders.ts'
import { portico } from '../support/portico-process.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

interface Found {
  readonly is: string
  readonly what: string
  readonly remedy: string
  readonly code?: string
}

/** What doctor finds that concerns these folders: what it says of the machine is none of the test's. */
async function examined(folders: PorticoFolders): Promise<{ code: number | null; found: Found[] }> {
  const { config, apps, home, root } = folders
  const { code, out } = await portico('doctor', '--json', '--config', config, '--apps', apps, '--home', home)
  const found = (JSON.parse(out) as Found[]).filter(({ what }) => !what.includes('others may change what it goes by'))
  return { code, found: found.map((each) => ({ ...each, what: each.what.replaceAll(root, '') })) }
}

describe('portico identity', () => {
  test('knows the folders of the portico serve of its home, and prints the SIDs of a pool and of its processes', async () => {
    await using serve = await PorticoUnderTest.start({ apps: { app: 'tries-things' } })
    const { home } = serve.folders
    const before = await portico('identity', 'defaultapppool', '--home', home)
    if (isRoot) expect(before.out).toContain('its numeric user, from 90000 to 99999, is chosen at its first start')
    const { pid, uids } = await accountAt(serve.port, '/app')
    const after = await portico('identity', 'DefaultAppPool', '--home', home)
    expect(after.code).toBe(0)
    for (const part of [
      'pool DefaultAppPool, ApplicationPoolIdentity',
      poolSid('DefaultAppPool'),
      userSid(uids[0] ?? -1),
      'may share ports: admitted by <add securityIdentifier="S-1-5-32-568"/>, which is there by default',
    ])
      expect(after.out).toContain(part)
    const ofProcess = await portico('identity', String(pid), '--home', home)
    expect(ofProcess.out).toContain(`process ${pid} of`)
    if (isRoot) expect(ofProcess.out).toContain(poolSid('DefaultAppPool'))
  })

  test('names the element that would admit somebody, and where it belongs; also as JSON', async () => {
    using folders = await PorticoFolders.make({ allowAccounts: '<clear/><add account="%root"/>' })
    const options = ['--config', folders.config, '--home', folders.home]
    const { out } = await portico('identity', 'daemon', ...options)
    expect(out).toMatch(/^user daemon \(uid \d+\)\n {2}S-1-22-1-\d+ {2}Unix user \d+\n/)
    expect(out).toMatch(
      /may NOT share ports; this would admit it: <add securityIdentifier="S-1-22-1-\d+"\/> in allowAccounts .*SMSvcHost\.exe\.config:2/,
    )
    const { out: json } = await portico('identity', '%root', '--json', ...options)
    expect(JSON.parse(json)).toMatchObject([
      { kind: 'group', sids: [{ sid: 'S-1-22-2-0' }], admitted: true, element: '<add account="%root"/>' },
    ])
  })

  test('says what may be asked when nobody is meant', async () => {
    using folders = await PorticoFolders.make()
    const { code, err } = await portico('identity', 'nobody-here', '--config', folders.config, '--home', folders.home)
    expect(code).toBe(1)
    expect(err).toMatch(/nobody-here is no user, no group, .* and no process.*\n.*S-1-22-1-1000/)
  })
})

describe('portico doctor', () => {
  test('finds nothing where nothing is wrong', async () => {
    await using serve = await PorticoUnderTest.start({ apps: { app: 'echo' } })
    expect((await examined(serve.folders)).found, 'before the first start of the pool').toEqual([])
    expect(await serve.call('/app')).toBe('hello')
    expect((await examined(serve.folders)).found, 'with a worker process').toEqual([])
    chmodSync(serve.folders.home, 0o700)
    if (isRoot)
      expect((await examined(serve.folders)).found).toMatchObject([
        { what: expect.stringMatching(/sharing socket.*\/home is closed to it/) },
      ])
    chmodSync(serve.folders.home, 0o711)
  })

  test('finds what keeps pools from starting or from being safe, with what to do about each', async () => {
    using folders = await PorticoFolders.make({
      apps: { app: 'echo', secret: 'echo' },
      pools: `<add name="DefaultAppPool"/>
        <add name="Nobody"><processModel identityType="SpecificUser" userName="nobody-here" password="hunter2"/></add>
        <add name="Manual"><processModel manualGroupMembership="true"/></add>
        <add name="Root"><processModel identityType="LocalSystem"/></add>`,
      applications: '<application path="/app" applicationPool="Root"/>',
      allowAccounts: '<add account="nobody-here"/><add securityIdentifier="S-1-22-2-81234"/>',
    })
    mkdirSync(folders.home)
    writeFileSync(join(folders.home, 'identities.json'), '{"ids":{"IIS APPPOOL\\\\old":1}}')
    chmodSync(join(folders.apps, 'app', 'index.ts'), 0o666)
    chmodSync(join(folders.apps, 'secret'), isRoot ? 0o700 : 0o000)
    const { code, found } = await examined(folders)
    chmodSync(join(folders.apps, 'secret'), 0o700)
    expect(code).toBe(1)
    const text = found.map(({ is, what, code }) => `${is} ${code ?? ''} ${what}`).join('\n')
    for (const expected of [
      /problem IDENTITY_UNKNOWN application pool Nobody does not start: this machine has no user nobody-here/,
      /problem POOL_NOT_ADMITTED application pool Manual does not start/,
      /hint {2}<add account="nobody-here"\/> in .*SMSvcHost.exe.config:2 admits nobody/,
      /hint {2}<add securityIdentifier="S-1-22-2-81234"\/> in .* admits nobody/,
      /problem IDENTITY_OVERLAPS the id 1, which IIS APPPOOL\\old has by .*identities.json, now belongs to the user daemon/,
      /hint {2}a password stands in .*applicationHost.config:\d+/,
      /problem {2}application pool DefaultAppPool \(uid \d+\) can't get to application \/secret: .*\/apps\/secret is closed to it/,
      isRoot
        ? /problem ROOT_POOL_NOT_SAFE application \/app is not loaded: pool Root runs as root.*\n.*index\.ts \(everybody may write it\)/
        : /problem IDENTITY_NEEDS_ROOT application pool Root does not start/,
    ])
      expect(text).toMatch(expected)
    for (const { remedy } of found) expect(remedy).toMatch(/\.$/)
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })

  test('says what is wrong with a configuration that can not be read', async () => {
    using folders = await PorticoFolders.make({ pools: '<add nam="DefaultAppPool"/>' })
    const { code, found } = await examined(folders)
    expect(code).toBe(1)
    expect(found).toMatchObject([{ is: 'problem', code: 'CONFIG_INVALID', what: expect.stringContaining('nam') }])
  })
})
