/** How long does it take to find the application of a via among 100,000, and to make the table, against few? */
import { parseVia } from '#framing/via.ts'
import { prefixTable } from '#routing/prefix-table.ts'
import { inTurns, question } from './support/bench.ts'

const rounds = 300
const vias = 10
/** So often in one measurement: one look-up is too short for the clock. */
const times = 100
const [few, some, many] = [10, 1_000, 100_000]

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

/** Microseconds of one look-up. */
async function lookup(table: ReturnType<typeof routes>): Promise<number> {
  const ms = timeOf(() => {
    for (let n = 0; n < times; n++)
      for (const [index, uri] of uris.entries())
        if (table.lookup(uri, local) !== index) throw new Error(`${uri.path} was not found`)
  })
  return (ms * 1000) / (times * vias)
}

await question(
  `routes: how fast the application of a via is found among ${many.toLocaleString('en')} and among ${some.toLocaleString('en')}, against ${few}; and how fast a table is made`,
  async () => {
    const tables = { few: routes(few), some: routes(some), many: routes(many) }
    const found = await inTurns(
      rounds,
      { few: () => lookup(tables.few), some: () => lookup(tables.some), many: () => lookup(tables.many) },
      20,
    )
    const making = async (count: number) => (timeOf(() => void routes(count)) * 1000) / count
    const made = await inTurns(5, { some: () => making(some), many: () => making(many) })
    const against = { unit: 'µs', baseline: found.few, against: `among ${few}` } as const
    return [
      { name: `a look-up among ${many.toLocaleString('en')}`, portico: found.many, ...against },
      { name: `a look-up among ${some.toLocaleString('en')}`, portico: found.some, ...against },
      {
        name: `an entry of a table of ${many.toLocaleString('en')}`,
        unit: 'µs',
        portico: made.many,
        baseline: made.some,
        against: `of a table of ${some.toLocaleString('en')}`,
      },
    ]
  },
)
