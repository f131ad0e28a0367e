import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { takeHome } from '#main/home.ts'
import { openDescriptors, ownFolder } from '../../support/unix-pair.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

describe('the home', () => {
  test('lets others pass to the sharing socket, and see nothing else', async () => {
    const folder = join(ownFolder(), 'deep', 'home')
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    using home = await takeHome(folder)
    expect(modeOf(folder)).toBe(0o711)
    expect(modeOf(home.pools)).toBe(0o711)
    for (const inside of [home.pm2, home.logs]) expect(modeOf(inside)).toBe(0o700)
    expect(modeOf(home.lock)).toBe(0o600)
    expect(readFileSync(home.lock, 'utf8')).toBe(`${process.pid}\n`)
  })

  test('that was there before keeps its mode: it may be a folder with another use', async () => {
    const folder = join(ownFolder(), 'home')
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    const again = await takeHome(folder)
    again[Symbol.dispose]()
    expect(modeOf(folder)).toBe(0o777)
  })

  test('belongs to one at a time, and is free again afterwards', async () => {
    const folder = join(ownFolder(), 'home')
    const first = await takeHome(folder)
    const before = openDescriptors(join(folder, 'lock'))
    await expect(takeHome(folder)).rejects.toThrow(
      expect.objectContaining({ code: 'HOME_IN_USE', args: { home: folder } }),
    )
    expect(openDescriptors(join(folder, 'lock'))).toBe(before)
    first[Symbol.dispose]()
    const again = await takeHome(folder)
    again[Symbol.dispose]()
    expect(openDescriptors(join(folder, 'lock'))).toBe(0)
  })

  test('of a process that was killed is free, although its lock file is there', async () => {
    const folder = join(ownFolder(), 'home')
    const program = join(import.meta.dirname, '../../fixtures/programs/takes-a-home.ts')
    const other = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void other.kill('SIGKILL'))
    await once(other.stdout, 'data')
    await expect(takeHome(folder)).rejects.toThrow(expect.objectContaining({ code: 'HOME_IN_USE' }))
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(existsSync(join(folder, 'lock'))).toBe(true)
    const again = await takeHome(folder)
    again[Symbol.dispose]()
  })

  test.each([
    ['is a file', (root: string) => writeFileSync(join(root, 'home'), ''), 'home'],
    ['lies in a file', (root: string) => writeFileSync(join(root, 'file'), ''), 'file/home'],
  ])('that %s is an error with the reason', async (_, prepare, name) => {
    const root = ownFolder()
    prepare(root)
    const home = join(root, name)
    await expect(takeHome(home)).rejects.toThrow(expect.objectContaining({ code: 'HOME_NOT_WRITABLE' }))
    await expect(takeHome(home)).rejects.toThrow(home)
  })

  if (process.getuid?.() === 0)
    process.stdout.write('skipped: a home that may not be written, because root may write everywhere\n')
  test.skipIf(process.getuid?.() === 0)('that may not be written is an error with the reason', async () => {
    const root = ownFolder()
    chmodSync(root, 0o500)
    await expect(takeHome(join(root, 'home'))).rejects.toThrow(expect.objectContaining({ code: 'HOME_NOT_WRITABLE' }))
  })

  test('whose sockets would have too long a path is refused before anything is made', async () => {
    const root = ownFolder()
    const fits = join(root, 'x'.repeat(107 - Buffer.byteLength(join(root, '/sharing.sock')) - 1))
    const fitting = await takeHome(fits)
    fitting[Symbol.dispose]()
    const tooLong = `${fits}x`
    await expect(takeHome(tooLong)).rejects.toThrow(
      expect.objectContaining({
        code: 'SOCKET_PATH_TOO_LONG',
        args: expect.objectContaining({ bytes: 108, limit: 107 }),
      }),
    )
    expect(existsSync(tooLong)).toBe(false)
  })
})
