/** Making folders. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCodeOf } from '#base/errors.ts'

/**
 * Makes a folder and those above it; one that exists is left as it is. Node's own `recursive` never returns where the
 * system answers ENOENT although the folder above exists, as below /proc.
 */
export async function makeFolder(folder: string, mode: number): Promise<void> {
  const make = () =>
    mkdir(folder, { mode }).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    })
  try {
    await make()
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder), mode)
    await make()
  }
}
