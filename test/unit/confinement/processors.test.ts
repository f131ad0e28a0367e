import { describe, expect, test } from 'vitest'
import { maskedProcessors, ownProcessors, parseProcessors, processorsText } from '#confinement/processors.ts'

test.each([
  ['0-3,8', [0, 1, 2, 3, 8]],
  ['0\n', [0]],
  ['', []],
])('the list %j is read', (list, processors) => {
  expect(parseProcessors(list)).toEqual(processors)
})

test('processors are shown as ranges, in order', () => {
  expect(processorsText([8, 1, 0, 2])).toBe('0-2, 8')
  expect(processorsText([])).toBe('')
})

test('this process may use at least one processor', () => {
  expect(ownProcessors().length).toBeGreaterThan(0)
})

describe('masks', () => {
  const present = [0, 1, 31, 32, 63, 64]
  const all = 0xffff_ffff

  test.each([
    [0b11, 0, [0, 1]],
    [0x8000_0000, 0, [31]],
    [0, 1, [32]],
    [0, 0x8000_0000, [63]],
    [all, 0, [0, 1, 31]],
    [0b100, 0, []],
  ])('0x%x and 0x%x name %j', (low, high, processors) => {
    const masks = { smpProcessorAffinityMask: low, smpProcessorAffinityMask2: high }
    expect(maskedProcessors(masks, present)).toEqual(processors)
  })

  test('that leave out nothing mean the processors beyond 63 too, which nobody can name', () => {
    const masks = { smpProcessorAffinityMask: all, smpProcessorAffinityMask2: all }
    expect(maskedProcessors(masks, present)).toEqual(present)
  })
})
