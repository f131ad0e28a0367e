/** The section `<portico>`, which no Windows knows. */
import { expect, test } from 'vitest'
import { problemsOf, readTexts } from './read-texts.ts'

test('startConcurrency is twice the number of processors unless the section portico says otherwise', async () => {
  expect((await readTexts({})).portico).toEqual({ startConcurrency: 8 })
  const written = (section: string) =>
    `<configuration><system.applicationHost><applicationPools><add name="p"/></applicationPools></system.applicationHost>\n${section}</configuration>`
  expect((await readTexts({ host: written('<portico startConcurrency="3"/>') })).portico).toEqual({
    startConcurrency: 3,
  })
  for (const section of ['<portico startConcurrency="0"/>', '<portico startConcurrency="1001"/>']) {
    expect((await problemsOf({ host: written(section) }))[0]?.expected).toContain('from 1 to 1000')
  }
  expect((await problemsOf({ host: written('<portico startConcurency="1"/>') }))[0]?.expected).toContain(
    'did you mean startConcurrency?',
  )
})
