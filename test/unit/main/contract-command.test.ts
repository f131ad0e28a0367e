import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { contractCommand } from '#main/contract-command.ts'
import { wsdlFolder } from '../../support/generated-services.ts'

const calculator = join(wsdlFolder, 'mono/calculator/service.wsdl')
let folder = ''
let out = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portico-contract-'))
  out = join(folder, 'index.ts')
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const generate = (files: readonly string[], force = false) => contractCommand(files, { out, service: undefined, force })

test('the file is written, and what it has is told', async () => {
  await generate([calculator])
  expect(await readFile(out, 'utf8')).toContain("name: 'ICalculator'")
  expect(await readdir(folder)).toEqual(['index.ts'])
  expect(process.stderr.write).toHaveBeenCalledWith(
    `${out}: ICalculator with 4 operations; what runs is to be written\n`,
  )
})

test('a file that is there is left as it is, unless --force is given', async () => {
  await writeFile(out, 'mine')
  await expect(generate([calculator])).rejects.toMatchObject({ code: 'FILE_NOT_OVERWRITTEN', args: { file: out } })
  expect(await readFile(out, 'utf8')).toBe('mine')
  expect(await readdir(folder)).toEqual(['index.ts'])
  await generate([calculator], true)
  expect(await readFile(out, 'utf8')).toContain('ICalculator')
  expect(await readdir(folder)).toEqual(['index.ts'])
})

test('a folder that is not there is said', async () => {
  out = join(folder, 'none', 'index.ts')
  await expect(generate([calculator])).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN', args: { file: out } })
})

test('nothing is written when the files are wrong', async () => {
  const file = join(folder, 's.wsdl')
  await writeFile(file, '<x/>')
  await expect(generate([file], true)).rejects.toMatchObject({ code: 'CONTRACT_UNREADABLE' })
  expect(await readdir(folder)).toEqual(['s.wsdl'])
})
