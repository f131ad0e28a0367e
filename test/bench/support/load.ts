/** Calls without a pause: whole sessions, so many at a time. */
import { callOnce } from '../../support/net-tcp-client.ts'

/** How many a second of `count` sessions with the echo application went through; each reply is checked. */
export async function connectionsPerSecond(port: number, count: number, atOnce: number): Promise<number> {
  const begin = performance.now()
  let left = count
  const one = async () => {
    while (left-- > 0) if ((await callOnce(port, '/echo')) !== 'hello') throw new Error('a reply was wrong')
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return (count / (performance.now() - begin)) * 1000
}
