import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '#base/clock.ts'
import { Registry, type RegistryOptions } from '#registry/registry.ts'
import type { Snapshot } from '#registry/snapshot.ts'
import { eventually } from '../support/eventually.ts'
import { KeptLog } from '../support/kept-log.ts'
import { ownFolder } from '../support/unix-pair.ts'

const host = (more = '', binding = '808:*') => `<configuration><system.applicationHost>
<applicationPools><add name="DefaultAppPool"/><add name="Other"/></applicationPools>
<sites><site name="Main" id="1"><bindings><binding protocol="net.tcp" bindingInformation="${binding}"/></bindings>${more}</site></sites>
</system.applicationHost></configuration>`
const sharing = (limit: number) =>
  `<configuration><system.serviceModel.activation><net.tcp maxPendingConnections="${limit}"/></system.serviceModel.activation></configuration>`

interface Deployment {
  readonly root: string
  readonly apps: string
  readonly config: string
  readonly hostFile: string
  readonly sharingFile: string
}

function deployment(): Deployment {
  const root = ownFolder()
  const [apps, config] = [join(root, 'apps'), join(root, 'config')]
  mkdirSync(apps)
  mkdirSync(config)
  const hostFile = join(config, 'applicationHost.config')
  writeFileSync(hostFile, host())
  return { root, apps, config, hostFile, sharingFile: join(config, 'SMSvcHost.exe.config') }
}

async function open(place: Deployment, apply: RegistryOptions['apply'] = async () => {}) {
  const log = new KeptLog()
  const applied: Snapshot[] = []
  const registry = await Registry.open({
    configDirectory: place.config,
    appsDirectory: place.apps,
    clock: systemClock,
    log,
    async apply(snapshot) {
      await apply(snapshot)
      applied.push(snapshot)
    },
  })
  onTestFinished(() => registry[Symbol.asyncDispose]())
  const paths = () => [...registry.snapshot.applications.values()].map(({ path }) => path).sort()
  const deployed = (...expected: string[]) => eventually(() => paths().join() === expected.sort().join())
  const limit = (expected: number) =>
    eventually(() => registry.snapshot.configuration.sharing.maxPendingConnections === expected)
  return { registry, log, applied, paths, deployed, limit }
}

/** The kernel's watches of this process. */
function watches(): number {
  const infos = readdirSync('/proc/self/fd').map((fd) => {
    try {
      const isInotify = readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify'
      return isInotify ? readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8') : ''
    } catch {
      return ''
    }
  })
  return infos.join('\n').match(/^inotify wd/gm)?.length ?? 0
}

describe('the application folder', () => {
  test('a folder that appears is an application within a second, and one that goes is gone', async () => {
    const place = deployment()
    mkdirSync(join(place.apps, 'early'))
    const { deployed, log, registry } = await open(place)
    expect(registry.snapshot.applications.get('/early')).toMatchObject({ pool: 'DefaultAppPool', origin: 'folder' })
    const begin = performance.now()
    mkdirSync(join(place.apps, 'late'))
    await deployed('/early', '/late')
    expect(performance.now() - begin).toBeLessThan(1000)
    rmSync(join(place.apps, 'early'), { recursive: true })
    await deployed('/late')
    expect(log.named('application.deployed')).toMatchObject([{ app: '/late', pool: 'DefaultAppPool' }])
    expect(log.named('application.removed')).toMatchObject([{ app: '/early' }])
  })

  test('a folder may be renamed into place and out of it', async () => {
    const place = deployment()
    const { deployed } = await open(place)
    mkdirSync(join(place.root, 'prepared'))
    renameSync(join(place.root, 'prepared'), join(place.apps, 'ready'))
    await deployed('/ready')
    renameSync(join(place.apps, 'ready'), join(place.apps, 'renamed'))
    await deployed('/renamed')
    renameSync(join(place.apps, 'renamed'), join(place.root, 'gone'))
    await deployed()
  })

  test('a link to a folder is an application as long as it leads to one', async () => {
    const place = deployment()
    for (const release of ['one', 'two']) mkdirSync(join(place.root, release))
    const { deployed } = await open(place)
    const link = join(place.apps, 'app')
    const switchTo = (target: string) => {
      symlinkSync(join(place.root, target), `${link}.new`)
      renameSync(`${link}.new`, link)
    }
    switchTo('one')
    await deployed('/app')
    switchTo('nowhere')
    await deployed()
    switchTo('two')
    await deployed('/app')
  })

  test('files, hidden folders and what package managers leave are no applications', async () => {
    const place = deployment()
    const { deployed, registry } = await open(place)
    writeFileSync(join(place.apps, 'readme.txt'), '')
    for (const name of ['.git', 'node_modules', 'app']) mkdirSync(join(place.apps, name))
    await deployed('/app')
    expect(registry.snapshot.problems).toEqual([])
  })

  test('names that differ in case only, and names that no URI can have, are problems that name the folder', async () => {
    const place = deployment()
    const { deployed, registry } = await open(place)
    for (const name of ['App', 'app', 'back\\slash']) mkdirSync(join(place.apps, name))
    await eventually(() => registry.snapshot.problems.length === 2)
    await deployed('/App')
    expect(registry.snapshot.problems.join()).toMatch(
      /The folder app is not deployed.*|The folder back\\slash can't be/,
    )
    rmSync(join(place.apps, 'App'), { recursive: true })
    await deployed('/app')
  })

  test('300 folders at once become few snapshots', async () => {
    const place = deployment()
    const { applied, paths, log } = await open(place)
    await Promise.all(Array.from({ length: 300 }, (_, at) => mkdir(join(place.apps, `app${at}`))))
    await eventually(() => paths().length === 300)
    expect(applied.length).toBeLessThan(8)
    expect(log.named('application.deployed').length).toBeLessThan(50)
  })

  test('a folder that is removed, and created again, is watched again', async () => {
    const place = deployment()
    mkdirSync(join(place.apps, 'app'))
    const { deployed, registry } = await open(place)
    rmSync(place.apps, { recursive: true })
    await deployed()
    expect(registry.snapshot.problems.join()).toContain(place.apps)
    mkdirSync(join(place.apps, 'again'), { recursive: true })
    await deployed('/again')
    expect(registry.snapshot.problems).toEqual([])
    mkdirSync(join(place.apps, 'more'))
    await deployed('/again', '/more')
  })

  test('a folder that is replaced in one moment is watched', async () => {
    const place = deployment()
    const { deployed } = await open(place)
    renameSync(place.apps, `${place.apps}.old`)
    mkdirSync(place.apps)
    mkdirSync(join(place.apps, 'app'))
    await deployed('/app')
    rmSync(place.apps, { recursive: true })
    mkdirSync(place.apps)
    await deployed()
    mkdirSync(join(place.apps, 'more'))
    await deployed('/more')
  })

  test('may be reached by a link, and is another one when the link is switched', async () => {
    const place = deployment()
    for (const name of ['blue', 'green']) mkdirSync(join(place.root, name))
    const linked = { ...place, apps: join(place.root, 'current') }
    symlinkSync(join(place.root, 'blue'), linked.apps)
    const { deployed } = await open(linked)
    mkdirSync(join(place.root, 'blue', 'old'))
    await deployed('/old')
    symlinkSync(join(place.root, 'green'), `${linked.apps}.new`)
    renameSync(`${linked.apps}.new`, linked.apps)
    await deployed()
    mkdirSync(join(place.root, 'green', 'new'))
    await deployed('/new')
  })

  test('takes as many watches of the kernel with 2,000 applications as with none, and none when it is closed', async () => {
    const place = deployment()
    const none = watches()
    const before = await open(place)
    const few = watches() - none
    await before.registry[Symbol.asyncDispose]()
    expect(watches()).toBe(none)
    for (let at = 0; at < 2000; at++) {
      mkdirSync(join(place.apps, `app${at}`, 'lib'), { recursive: true })
      writeFileSync(join(place.apps, `app${at}`, 'index.ts'), '')
    }
    const many = await open(place)
    expect(watches() - none).toBe(few)
    await mkdir(join(place.apps, 'more'))
    await writeFile(join(place.apps, 'more', 'index.ts'), '')
    await eventually(() => many.registry.snapshot.applications.has('/more'))
    expect(watches() - none).toBe(few)
    await many.registry[Symbol.asyncDispose]()
    expect(watches()).toBe(none)
  })

  test('that is missing at the start is an error that names it', async () => {
    const place = deployment()
    await rm(place.apps, { recursive: true })
    await expect(open(place)).rejects.toMatchObject({ code: 'APPS_FOLDER_MISSING', args: { folder: place.apps } })
  })
})

describe('the configuration', () => {
  test('that breaks is refused for all to see, the last good one stays, and folders still come and go', async () => {
    const place = deployment()
    const { registry, log, deployed } = await open(place)
    const good = registry.snapshot.configuration
    writeFileSync(place.hostFile, host().replace('id="1"', 'id="one"'))
    const refused = await eventually(() => registry.refused)
    expect(refused.text).toMatch(/applicationHost\.config:3.*\bid\b/s)
    expect(registry.snapshot.configuration).toBe(good)
    mkdirSync(join(place.apps, 'app'))
    await deployed('/app')
    expect(registry.refused).toEqual(refused)
    expect(log.named('configuration.refused')).toHaveLength(1)
    writeFileSync(place.hostFile, host())
    await eventually(() => registry.refused === undefined)
    expect(registry.snapshot.configuration).toEqual(good)
  })

  test('may be replaced by renaming, and moves an application to another pool', async () => {
    const place = deployment()
    mkdirSync(join(place.apps, 'app'))
    const { registry, log } = await open(place)
    const prepared = join(place.root, 'prepared')
    for (const pool of ['Other', 'DefaultAppPool', 'Other']) {
      writeFileSync(prepared, host(`<application path="/app" applicationPool="${pool}" enabledProtocols="net.tcp"/>`))
      renameSync(prepared, place.hostFile)
      await eventually(() => registry.snapshot.applications.get('/app')?.pool === pool)
    }
    expect(log.named('configuration.changed').length).toBeGreaterThan(0)
  })

  test('gets and loses the file of sharing while it is watched', async () => {
    const place = deployment()
    const { limit, registry } = await open(place)
    const usual = registry.snapshot.configuration.sharing.maxPendingConnections
    writeFileSync(place.sharingFile, sharing(7))
    await limit(7)
    writeFileSync(place.sharingFile, sharing(8))
    await limit(8)
    rmSync(place.sharingFile)
    await limit(usual)
  })

  test('whose file is removed is refused, and good again when it is back', async () => {
    const place = deployment()
    const { registry } = await open(place)
    rmSync(place.hostFile)
    expect((await eventually(() => registry.refused)).text).toContain('there is no such file')
    writeFileSync(place.hostFile, host())
    await eventually(() => registry.refused === undefined)
  })

  test('that can not be put in force is refused, and folders still come and go', async () => {
    const place = deployment()
    const { registry, deployed, limit } = await open(place, async ({ configuration }) => {
      if (configuration.sharing.maxPendingConnections === 7) throw new Error('port 808 is in use')
    })
    writeFileSync(place.sharingFile, sharing(7))
    expect((await eventually(() => registry.refused)).text).toBe('port 808 is in use')
    mkdirSync(join(place.apps, 'app'))
    await deployed('/app')
    expect(registry.refused?.text).toBe('port 808 is in use')
    writeFileSync(place.sharingFile, sharing(8))
    await limit(8)
    expect(registry.refused).toBeUndefined()
  })

  test('that is broken at the start is an error', async () => {
    const place = deployment()
    writeFileSync(place.hostFile, '<configuration>')
    await expect(open(place)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

test('a registry that is closed puts nothing more in force', async () => {
  const place = deployment()
  const { registry, applied } = await open(place)
  mkdirSync(join(place.apps, 'app'))
  await registry[Symbol.asyncDispose]()
  const count = applied.length
  mkdirSync(join(place.apps, 'later'))
  const witness = await open(place)
  mkdirSync(join(place.apps, 'latest'))
  await witness.deployed('/app', '/later', '/latest')
  expect(applied).toHaveLength(count)
})
