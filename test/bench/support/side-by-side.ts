/** The same application behind Portico, listening itself, and behind each proxy that is here: what a question compares. */
import { join } from 'node:path'
import type { Setup } from '../../support/portico-folders.ts'
import type { Comparison } from './bench.ts'
import { TcpProxy } from './proxies.ts'
import { BenchPortico, Direct } from './subjects.ts'

/** One way to the application. */
export interface Way {
  readonly port: number
  /** What stands between client and application. */
  readonly between: readonly number[]
  /** What answers. */
  readonly worker: number
}

export interface SideBySide {
  readonly portico: BenchPortico
  readonly ways: Readonly<Record<string, Way>>
}

/** Starts all of them, and the worker process; the application is one of test/fixtures/apps, or its files. */
export async function sideBySide(
  application: string,
  cleanUp: AsyncDisposableStack,
  source: NonNullable<Setup['apps']>[string] = application,
): Promise<SideBySide> {
  const portico = cleanUp.use(await BenchPortico.start({ apps: { [application]: source } }))
  const { root, apps } = portico.folders
  const direct = cleanUp.use(await Direct.start(join(apps, application), join(root, 'direct-cache')))
  const proxies = await TcpProxy.allOf(direct.port, root, cleanUp)
  await portico.activate(`/${application}`)
  const [worker = 0] = await portico.workers()
  const { pid: straight } = direct
  const behind = proxies.map(({ name, port, pids }) => [name, { port, between: pids, worker: straight }] as const)
  return {
    portico,
    ways: {
      portico: { port: portico.port, between: [portico.pid], worker },
      baseline: { port: direct.port, between: [], worker: straight },
      ...Object.fromEntries(behind),
    },
  }
}

/** One figure of the results of `inTurns` with these ways, as a comparison has it. */
export function compared<T>(results: Readonly<Record<string, readonly T[]>>, figure: (measured: T) => number) {
  const {
    portico = [],
    baseline = [],
    ...peers
  } = Object.fromEntries(Object.entries(results).map(([name, measured]) => [name, measured.map(figure)]))
  return { portico, baseline, peers, against: 'the same application listening itself' } satisfies Partial<Comparison>
}

/** A subject of `inTurns` for each way. */
export function eachWay<T>({ ways }: SideBySide, measure: (way: Way, name: string) => Promise<T>) {
  return Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, () => measure(way, name)]))
}
