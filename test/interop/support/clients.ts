/** The clients that nobody here wrote the stack of. */
import { describe, inject } from 'vitest'
import { type Told, ToldProgram } from './told-program.ts'

const clients = ['Mono client', '.NET client'] as const
export type ClientName = (typeof clients)[number]

export const isMissing = (client: ClientName) => 'missing' in inject('peers')[client]

/** A `describe` for each client, skipped for those that are missing; `%s` in the title is the client. */
export function describeEachClient(title: string, tests: (name: ClientName) => void): void {
  for (const name of clients) describe.skipIf(isMissing(name))(title.replace('%s', name), () => tests(name))
}

/** A client that runs a scenario of test/interop/peers/Client.cs against an address. */
export function client(name: ClientName, port: number, path: string, ...scenario: readonly string[]): ToldProgram {
  return new ToldProgram(inject('peers')[name], [`net.tcp://127.0.0.1:${port}${path}`, ...scenario])
}

/** All that it tells. */
export async function told(...args: Parameters<typeof client>): Promise<readonly Told[]> {
  await using running = client(...args)
  return await running.all()
}
