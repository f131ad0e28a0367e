/** Has the application tries-things do something as its account, over a session of its own. */
import { NetTcpClient } from './net-tcp-client.ts'

/** What came of it: the value, or the name of the failure. */
export interface Outcome {
  readonly done?: unknown
  readonly failed?: string
  /** What Portico answered instead of the application. */
  readonly answer?: string
}

export async function deed(port: number, path: string, ...what: readonly (string | number)[]): Promise<Outcome> {
  using client = await NetTcpClient.open(port, path)
  const answer = await client.answer()
  if (answer !== 'ack') return { answer }
  const outcome = await client.call(JSON.stringify(what.map(String)))
  await client.finish()
  return outcome === undefined ? { answer: 'closed' } : (JSON.parse(outcome) as Outcome)
}

/** The account of the worker process that serves the path, as the kernel has it. */
export async function accountAt(port: number, path: string) {
  const { done, answer } = await deed(port, path, 'status')
  if (typeof done !== 'string') throw new Error(`the application at ${path} did not answer: ${answer}`)
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(done)?.[1]?.replaceAll('\t', ' ') ?? ''
  const ids = (name: string) => field(name).split(' ').filter(Boolean).map(Number)
  return {
    pid: Number(field('Pid')),
    uids: ids('Uid'),
    gids: ids('Gid'),
    groups: ids('Groups'),
    capabilities: ['Inh', 'Prm', 'Eff', 'Amb'].map((set) => Number.parseInt(field(`Cap${set}`), 16)),
    noNewPrivileges: field('NoNewPrivs') === '1',
  }
}
