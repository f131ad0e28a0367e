/** Contracts that contain each other and are derived from each other. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { contract, knownTypes } from '#wcf/contract.ts'

test('a contract may contain those that are derived from it', () => {
  const Part = contract('Part', {
    Id: z.int32(),
    get Parts(): z.ZodType {
      return z.array(AnyPart).optional()
    },
  })
  const Screw = contract('Screw', { Length: z.int32() }, { base: Part })
  const AnyPart = knownTypes(Part, Screw)
  const screws = { Id: 1, Parts: [{ $type: 'Screw', Id: 2, Length: 8 }] }
  expect(Part.parse(screws)).toEqual(screws)
  expect(Screw.parse({ ...screws, Length: 7 })).toEqual({ ...screws, Length: 7 })
})
