/** How long does it take to find the application of a via among 100,000, and to make the table, against 100? */
import { parseVia } from '#framing/via.ts'
import { prefixTable } from '#routing/prefix-table.ts'
import { question } from './support/bench.ts'

const rounds = 300
const vias = 100
const [few, many] = [100, 100_000]

const uris = Array.from({ length: vias }, (_, index) => {
  const uri = parseVia(`net.tcp://machine/App${index}/stock.svc`)
  if (!uri) throw new Error('the via is not one')
  return uri
})
const local = { address: '10.0.0.5', port: 808 }

function routes(count: number) {
  const place = { mode: 'WeakWildcard', host: 'any', port: 808 } as const
  return prefixTable(Array.from({ length: count }, (_, index) => ({ ...place, path: `/app${index}`, target: index })))
}

function timeOf(work: () => void): number {
  const begin = performance.now()
  work()
  return performance.now() - begin
}

/** Milliseconds for each of a thousand look-ups. */
function lookups(table: ReturnType<typeof routes>): number {
  const ms = timeOf(() => {
    for (const [index, uri] of uris.entries())
      if (table.lookup(uri, local) !== index) throw new Error(`${uri.path} was not found`)
  })
  return (ms * 1000) / vias
}

await question('How fast is the application of a via found among 100,000, against 100?', async () => {
  const [large, small] = [routes(many), routes(few)]
  const found: { large: number[]; small: number[] } = { large: [], small: [] }
  for (let round = 0; round < rounds; round++) {
    found.large.push(lookups(large))
    found.small.push(lookups(small))
  }
  const built = { large: [] as number[], small: [] as number[] }
  for (let round = 0; round < 5; round++) {
    built.large.push(timeOf(() => void routes(many)) / many)
    built.small.push(timeOf(() => void routes(many / 10)) / (many / 10))
  }
  const thousand = (values: readonly number[]) => values.map((ms) => ms * 1000)
  return [
    { name: 'a thousand look-ups', unit: 'ms', portico: found.large, baseline: found.small, against: 'among 100' },
    {
      name: 'a thousand entries made',
      unit: 'ms',
      portico: thousand(built.large),
      baseline: thousand(built.small),
      against: 'a table of 10,000',
    },
  ]
})
