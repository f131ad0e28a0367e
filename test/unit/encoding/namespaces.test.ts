import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NamespaceScopes } from '#encoding/namespaces.ts'

type Step =
  | { readonly does: 'declare'; readonly prefix: string; readonly namespace: string }
  | { readonly does: 'enter' | 'leave' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constant('declare' as const),
    prefix: fc.integer({ min: 0, max: 25 }).map((n) => `p${n}`),
    namespace: fc.constantFrom('urn:a', 'urn:b'),
  }),
  fc.record({ does: fc.constantFrom('enter' as const, 'leave' as const) }),
)

test('a prefix means what the innermost element says that declares it, with few declarations and with many', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const scopes = new NamespaceScopes()
      const marks = [0]
      const model: Map<string, string>[] = [new Map()]
      for (const one of steps) {
        const own = model.at(-1) ?? new Map<string, string>()
        if (one.does === 'declare') {
          const isNew = !own.has(one.prefix)
          if (isNew) own.set(one.prefix, one.namespace)
          expect(scopes.declare(one.prefix, one.namespace, marks.at(-1) ?? 0)).toBe(isNew)
        } else if (one.does === 'enter') {
          marks.push(scopes.mark)
          model.push(new Map())
        } else if (model.length > 1) {
          model.pop()
          scopes.rewind(marks.pop() ?? 0)
        }
        for (let n = 0; n <= 25; n++) {
          const meant = model.findLast((element) => element.has(`p${n}`))?.get(`p${n}`)
          expect(scopes.namespaceOf(`p${n}`)).toBe(meant)
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('the prefix xml and the empty one mean something before anything is declared', () => {
  const scopes = new NamespaceScopes()
  expect(['', 'xml', 'p'].map((prefix) => scopes.namespaceOf(prefix))).toEqual([
    '',
    'http://www.w3.org/XML/1998/namespace',
    undefined,
  ])
})
