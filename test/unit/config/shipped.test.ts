/** The configuration as shipped, and what becomes of it in careless hands. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PorticoError } from '#base/errors.ts'
import { readConfiguration } from '#config/configuration.ts'
import { hostFile, problemsOf, readTexts } from './read-texts.ts'

const shipped = join(import.meta.dirname, '../../../config')
const host = readFileSync(join(shipped, 'applicationHost.config'), 'utf8')
const sharing = readFileSync(join(shipped, 'SMSvcHost.exe.config'), 'utf8')

test('the shipped files are in force as a whole: nothing in them is without effect', async () => {
  expect((await readConfiguration(shipped)).notices).toEqual([])
})

test('the shipped files serve net.tcp on port 8808 and let a thousand clients wait for one application', async () => {
  const { pools, sites, sharing } = await readConfiguration(shipped)
  expect([...pools.keys()]).toEqual(['defaultapppool'])
  expect(sites).toMatchObject([
    {
      name: 'Default Web Site',
      id: 1,
      bindings: [{ protocol: 'net.tcp', port: 8808, mode: 'WeakWildcard' }],
      applicationDefaults: { pool: 'DefaultAppPool', protocols: ['net.tcp'] },
    },
  ])
  expect(sharing.listenBacklog).toBeGreaterThanOrEqual(1000)
  expect(sharing.maxPendingConnections).toBeGreaterThanOrEqual(1000)
  expect(sharing.receiveTimeout).toBe(30_000)
})

test('the shipped pool runs as a user of its own, with a profile', async () => {
  const { pools } = await readConfiguration(shipped)
  expect(pools.get('defaultapppool')?.processModel).toMatchObject({
    identityType: 'ApplicationPoolIdentity',
    loadUserProfile: true,
    setProfileEnvironment: true,
  })
})

test('what the shipped files show in comments is right when somebody uses it', async () => {
  const shown = await readTexts({
    host: uncommented(host, '<add name="Orders">'),
    sharing: uncommented(sharing, '<allow'),
  })
  expect(shown.notices).toEqual([])
  expect(shown.pools.get('orders')?.processModel).toMatchObject({
    identityType: 'SpecificUser',
    userName: 'orders',
    loadUserProfile: true,
  })
  expect(shown.sharing.allowAccounts.slice(5)).toMatchObject([
    { account: 'alice' },
    { account: '%developers' },
    { sid: 'S-1-22-1-1000' },
  ])
})

/** The text with the elements of one comment taken out of it: from `start` to the empty line or the end of the comment. */
function uncommented(text: string, start: string): string {
  return text.replace(/<!--[\s\S]*?-->/g, (comment) => {
    const [elements] = comment.slice(comment.indexOf(start)).split(/\n\n|-->/)
    return comment.includes(start) ? `${elements}` : comment
  })
}

/** The text with a piece cut out and another put in its place. */
const mutated = (text: string) =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.nat(30),
      fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.constantFrom(
          '"',
          '<',
          '>',
          '/',
          '&',
          '<!--',
          '<![CDATA[',
          '<?',
          '__proto__',
          ' constructor="1"',
          '\0',
          '\r',
        ),
        fc.nat(text.length).map((from) => text.slice(from, from + 60)),
      ),
    )
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length))

test('damaged files are read or refused with an error of the catalogue, never anything else', async () => {
  await fc.assert(
    fc.asyncProperty(mutated(host), mutated(sharing), async (host, sharing) => {
      try {
        await readTexts({ host, sharing })
      } catch (error) {
        expect(error).toBeInstanceOf(PorticoError)
      }
    }),
    { numRuns: 300 },
  )
})

test('a number within its range survives reading, one outside is refused with its line', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(70_000), fc.integer({ min: 0, max: 5 }), async (number, linesBefore) => {
      const text = hostFile(`${'\n'.repeat(linesBefore)}<add name="p" queueLength="${number}"/>`)
      if (number >= 10 && number <= 65_535) {
        expect((await readTexts({ host: text })).pools.get('p')?.queueLength).toBe(number)
      } else {
        expect(await problemsOf({ host: text })).toMatchObject([{ line: 2 + linesBefore, attribute: 'queueLength' }])
      }
    }),
    { numRuns: 100 },
  )
})

test('a text that is none of the allowed words is refused with its line', async () => {
  const word = fc.stringMatching(/^[\w .,-]{0,20}$/).filter((text) => !/^\s*(ondemand|alwaysrunning)\s*$/i.test(text))
  await fc.assert(
    fc.asyncProperty(word, async (text) => {
      const problems = await problemsOf({ host: hostFile(`<add name="p" startMode="${text}"/>`) })
      expect(problems).toMatchObject([{ line: 2, attribute: 'startMode', value: text }])
    }),
    { numRuns: 100 },
  )
})
