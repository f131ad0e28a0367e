/** Does any of millions of broken messages do more than be refused, take long, or take memory? `--seconds 600 --seed 1` */
import { mutated, readHostile, seeded, seeds } from '../support/mutations.ts'

const option = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(name)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
function timed(run: () => unknown): number {
  const begin = performance.now()
  run()
  return performance.now() - begin
}

const seconds = option('--seconds', 20)
const start = option('--seed', Date.now() % 1_000_000)
const random = seeded(start)
const outcomes = new Map<string, number>()
const end = performance.now() + seconds * 1000
let count = 0
let slowest = { ms: 0, hex: '' }
let heap = 0
while (performance.now() < end) {
  const seed = seeds[count % seeds.length]
  if (!seed) throw new Error('there is no seed')
  const bytes = mutated(seed.bytes, random)
  const read = () => readHostile(seed, bytes, seeded(count))
  const begin = performance.now()
  try {
    const outcome = read()
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  } catch (error) {
    console.error(`seed ${start}, message ${count}: ${bytes.toString('hex')}`)
    throw error
  }
  let ms = performance.now() - begin
  // What was slow once may have waited for the machine.
  for (let again = 0; again < 3 && ms > slowest.ms; again++) ms = Math.min(ms, timed(read))
  if (ms > slowest.ms) slowest = { ms, hex: bytes.toString('hex') }
  count += 1
  if (count % 10_000 === 0) heap = Math.max(heap, process.memoryUsage().rss)
}
console.log(`${count} messages from seed ${start} in ${seconds} s: each was read or refused with an error of its own`)
console.log(
  `  slowest ${slowest.ms.toFixed(1)} ms for ${slowest.hex.length / 2} bytes, at most ${Math.round(heap / 1e6)} MB of memory`,
)
for (const [outcome, times] of [...outcomes].sort((a, b) => b[1] - a[1])) console.log(`  ${outcome} ${times}`)
