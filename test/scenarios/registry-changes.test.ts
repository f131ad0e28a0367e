/** What becomes of changes: which are deployments, which make no snapshot, and which applications are waited for. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OpenRegistry } from '../support/open-registry.ts'
import { SkippableClock } from '../support/skippable-clock.ts'

const files = { 'index.mjs': 'export default {}' }
const never = new AbortController().signal
const anotherPool = { pools: '<add name="DefaultAppPool"/><add name="Another"/>' }
const brokenPools = { pools: '<add name="DefaultAppPool" nonsense="1"/>' }

/** How many folders and files the kernel watches for this process. */
function kernelWatches(): number {
  return readdirSync('/proc/self/fdinfo')
    .map((fd) => {
      try {
        return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify wd/gm)?.length ?? 0
      } catch {
        return 0 // the descriptor of this very listing
      }
    })
    .reduce((sum, count) => sum + count, 0)
}

/** Makes `path` a link to `target` in one step, as a deployment does that never shows a half. */
function switchLink(path: string, target: string): void {
  symlinkSync(target, `${path}.new`)
  renameSync(`${path}.new`, path)
}

describe('a folder', () => {
  test('may be a link; switching the link is a new deployment in another folder', async () => {
    await using own = await OpenRegistry.open(
      {},
      {
        prepare: ({ root, apps }) => {
          for (const release of ['release-1', 'release-2']) mkdirSync(join(root, release))
          symlinkSync(join(root, 'release-1'), join(apps, 'orders'))
        },
      },
    )
    const folder = () => own.registry.snapshot.applications.get('/orders')?.folder
    expect(folder()).toBe(join(own.folders.root, 'release-1'))
    switchLink(join(own.folders.apps, 'orders'), join(own.folders.root, 'release-2'))
    await own.until(() => folder() === join(own.folders.root, 'release-2'))
    expect(own.ids).toEqual(['/orders'])
  })

  test('is what counts: files, links to nothing and what changes inside an application make no snapshot', async () => {
    await using own = await OpenRegistry.open({ apps: { orders: files } })
    writeFileSync(join(own.folders.apps, 'README.md'), '')
    symlinkSync('nowhere', join(own.folders.apps, 'dangling'))
    writeFileSync(join(own.folders.apps, 'orders', 'log.txt'), '')
    own.folders.deploy('last', files)
    await own.deployed('/orders', '/last')
    expect(own.applied).toHaveLength(2)
  })

  test('keeps its path when another appears whose name differs only in case', async () => {
    await using own = await OpenRegistry.open({ apps: { orders: files } })
    own.folders.deploy('Orders', files)
    await own.until(() => own.registry.snapshot.problems.length > 0)
    expect(own.registry.snapshot.applications.get('/orders')?.folder).toBe(join(own.folders.apps, 'orders'))
    expect(own.registry.snapshot.problems).toEqual([expect.stringMatching(/Orders.*orders.*Rename/s)])
    rmSync(join(own.folders.apps, 'orders'), { recursive: true })
    await own.until(() => own.registry.snapshot.problems.length === 0)
    expect(own.registry.snapshot.applications.get('/orders')?.folder).toBe(join(own.folders.apps, 'Orders'))
  })

  test('whose name is not text is a problem', async () => {
    await using own = await OpenRegistry.open()
    mkdirSync(Buffer.concat([Buffer.from(join(own.folders.apps, 'caf')), Buffer.of(0xe9)]))
    await own.until(() => own.registry.snapshot.problems.length > 0)
    expect(own.ids).toEqual([])
  })
})

describe('the configuration', () => {
  const pools = (own: OpenRegistry) => own.registry.snapshot.configuration.pools.size

  test('that is taken back is good again, without a new snapshot', async () => {
    await using own = await OpenRegistry.open()
    own.folders.configure(brokenPools)
    await own.until(() => own.registry.refused !== undefined)
    own.folders.configure({})
    await own.until(() => own.registry.refused === undefined)
    expect(own.applied).toHaveLength(1)
  })

  test('that is only touched makes no snapshot', async () => {
    await using own = await OpenRegistry.open()
    utimesSync(join(own.folders.config, 'applicationHost.config'), new Date(), new Date())
    own.folders.deploy('last', files)
    await own.deployed('/last')
    expect(own.applied).toHaveLength(2)
    expect(own.events('configuration.changed')).toEqual([])
  })

  test('whose folder is replaced as a whole is read and watched', async () => {
    await using own = await OpenRegistry.open()
    const { config, root } = own.folders
    renameSync(config, join(root, 'before'))
    mkdirSync(config)
    own.folders.configure(anotherPool)
    await own.until(() => pools(own) === 2)
    own.folders.configure({})
    await own.until(() => pools(own) === 1)
  })

  test('behind links is read when a link is switched', async () => {
    const name = 'applicationHost.config'
    await using own = await OpenRegistry.open(
      {},
      {
        prepare: ({ config, root }) => {
          for (const version of ['one', 'two']) mkdirSync(join(root, version))
          renameSync(join(config, name), join(root, 'one', name))
          const text = readFileSync(join(root, 'one', name), 'utf8')
          writeFileSync(join(root, 'two', name), text.replace('<add name="DefaultAppPool"/>', anotherPool.pools))
          symlinkSync(join(root, 'one'), join(config, '..data'))
          symlinkSync(join('..data', name), join(config, name))
        },
      },
    )
    switchLink(join(own.folders.config, '..data'), join(own.folders.root, 'two'))
    await own.until(() => pools(own) === 2)
  })

  test('that can not be applied is refused, folders are still deployed, and nothing is applied twice at once', async () => {
    let running = 0
    let most = 0
    await using own = await OpenRegistry.open(
      {},
      {
        apply: async ({ configuration }) => {
          most = Math.max(most, ++running)
          await new Promise(setImmediate)
          running--
          if (configuration.pools.size > 1) throw new Error('port 808 is in use')
        },
      },
    )
    own.folders.configure(anotherPool)
    await own.until(() => own.registry.refused !== undefined)
    expect(own.registry.refused?.text).toContain('port 808 is in use')
    for (const name of ['a', 'b', 'c']) own.folders.deploy(name, files)
    await own.deployed('/a', '/b', '/c')
    expect(pools(own)).toBe(1)
    expect(own.events('configuration.refused')).toHaveLength(1)
    expect(own.registry.refused).toBeDefined()
    expect(most).toBe(1)
  })

  test('that can not be applied at the start keeps the registry from opening, and nothing is watched then', async () => {
    const before = kernelWatches()
    const apply = () => Promise.reject(new Error('port 808 is in use'))
    await expect(OpenRegistry.open({}, { apply })).rejects.toThrow('port 808 is in use')
    expect(kernelWatches()).toBe(before)
  })
})

describe('an application', () => {
  test('that was there long before the start is not waited for', async () => {
    const clock = new SkippableClock()
    clock.skip(600_000)
    await using own = await OpenRegistry.open({}, { clock, prepare: ({ apps }) => mkdirSync(join(apps, 'empty')) })
    await own.registry.arrived('/empty', 3_600_000, never)
  })

  test('is waited for by the first connection, however soon that comes', async () => {
    let asked: Promise<void> | undefined
    await using own = await OpenRegistry.open(
      {},
      {
        // The routes are in force before apply has returned.
        apply: ({ applications }) => {
          if (applications.has('/new')) asked = own.registry.arrived('/new', 0, never)
          asked?.catch(() => {})
        },
      },
    )
    own.folders.deploy('new', files)
    await own.deployed('/new')
    await expect(asked).rejects.toMatchObject({ code: 'APPLICATION_STILL_ARRIVING' })
  })

  test('is not started before a copy has finished that pauses for less than the quiet period', async () => {
    await using own = await OpenRegistry.open()
    const folder = join(own.folders.apps, 'late')
    mkdirSync(folder)
    await own.deployed('/late')
    let written = 0
    const copying = new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        writeFileSync(join(folder, `part-${++written}.mjs`), 'x'.repeat(written))
        if (written < 4) return
        clearInterval(timer)
        resolve()
      }, 300)
    })
    await own.registry.arrived('/late', 60_000, never)
    expect(written).toBe(4)
    await copying
  })

  test('is waited for although its folder took the place of another one at once', async () => {
    const clock = new SkippableClock()
    clock.skip(600_000)
    await using own = await OpenRegistry.open({ apps: { orders: files } }, { clock })
    const version = () => own.registry.snapshot.applications.get('/orders')?.version
    const before = version()
    renameSync(join(own.folders.apps, 'orders'), join(own.folders.root, 'old'))
    own.folders.deploy('orders', files)
    await own.until(() => version() !== before)
    expect(own.applied).toHaveLength(2)
    rmSync(join(own.folders.apps, 'orders', 'index.mjs'))
    const giveUp = new AbortController()
    const waiting = own.registry.arrived('/orders', 3_600_000, giveUp.signal) // for an empty folder: still arriving
    own.folders.deploy('witness', files)
    await own.deployed('/orders', '/witness')
    giveUp.abort(new Error('still waiting'))
    await expect(waiting).rejects.toThrow('still waiting')
  })

  test('whose configured folder does not exist is not waited for: the loader says what is missing', async () => {
    await using own = await OpenRegistry.open()
    own.folders.configure({
      applications:
        '<application path="/ghost"><virtualDirectory path="/" physicalPath="/nowhere/at/all"/></application>',
    })
    await own.deployed('/ghost')
    const begin = performance.now()
    await own.registry.arrived('/ghost', 60_000, never)
    expect(performance.now() - begin).toBeLessThan(1000)
  })

  test('that still arrives when the registry closes is waited for no longer', async () => {
    let waiting: Promise<void> = Promise.resolve()
    {
      await using own = await OpenRegistry.open()
      mkdirSync(join(own.folders.apps, 'empty'))
      await own.deployed('/empty')
      waiting = own.registry.arrived('/empty', 3_600_000, never)
      waiting.catch(() => {})
    }
    await expect(waiting).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})
