/** What others could change among what root would load. */
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writableByOthers } from '#identity/writable-by-others.ts'
import { isRoot } from '../../support/is-root.ts'
import { ownFolder } from '../../support/unix-pair.ts'

/** A folder of root that nobody else can write, with a file in a folder in it. */
function tree() {
  const root = ownFolder()
  const [folder, inner, file] = [join(root, 'app'), join(root, 'app', 'lib'), join(root, 'app', 'lib', 'index.js')]
  mkdirSync(inner, { recursive: true, mode: 0o755 })
  writeFileSync(file, '', { mode: 0o644 })
  return { root, folder, inner, file }
}

describe.skipIf(!isRoot)('others than root (giving files away needs root)', () => {
  test('can change nothing in a folder of root', async () => {
    expect(await writableByOthers(tree().folder)).toEqual([])
  })

  test.each([
    ['a file that everybody may write', 'file', 0o646, 0, 0, 'everybody may write it'],
    ['a file that a group may write', 'file', 0o664, 0, 5, 'the group 5 may write it'],
    ['a file of another user', 'file', 0o600, 7, 0, 'it belongs to the user 7'],
    ['a folder inside', 'inner', 0o757, 0, 0, 'everybody may write it'],
    ['the folder itself, sticky or not', 'folder', 0o1777, 0, 0, 'everybody may write it'],
    ['the folder above', 'root', 0o757, 0, 0, 'everybody may write it'],
    ['the folder above that another user has', 'root', 0o755, 7, 0, 'it belongs to the user 7'],
  ] as const)('can change %s', async (_, what, mode, uid, gid, reason) => {
    const made = tree()
    chmodSync(made[what], mode)
    chownSync(made[what], uid, gid)
    expect(await writableByOthers(made.folder)).toEqual([`${made[what]} (${reason})`])
  })

  test.each([
    ['a group that is root’s', 'file', 0o664, 0],
    ['a sticky folder above, like /tmp', 'root', 0o1777, 0],
  ] as const)('can change nothing through %s', async (_, what, mode, gid) => {
    const made = tree()
    chmodSync(made[what], mode)
    chownSync(made[what], 0, gid)
    expect(await writableByOthers(made.folder)).toEqual([])
  })

  test('can change what a link leads to, in the folder or outside', async () => {
    const [made, outside] = [tree(), tree()]
    symlinkSync(outside.inner, join(made.folder, 'linked'))
    symlinkSync('/nowhere/at/all', join(made.folder, 'broken'))
    expect(await writableByOthers(made.folder)).toEqual([])
    chmodSync(outside.file, 0o666)
    chmodSync(outside.root, 0o777)
    expect(await writableByOthers(made.folder)).toEqual([
      `${outside.root} (everybody may write it)`,
      `${outside.file} (everybody may write it)`,
    ])
  })

  test('are named twenty times at most, and circles of links end', async () => {
    const made = tree()
    symlinkSync(made.folder, join(made.inner, 'circle'))
    for (let n = 0; n < 50; n++) writeFileSync(join(made.inner, `${n}`), '', { mode: 0o644 })
    expect(await writableByOthers(made.folder)).toEqual([])
    for (let n = 0; n < 50; n++) chmodSync(join(made.inner, `${n}`), 0o666)
    expect(await writableByOthers(made.folder)).toHaveLength(20)
  })
})
