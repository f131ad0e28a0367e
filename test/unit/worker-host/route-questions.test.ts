/** Questions about routes: how many at once, and what counts as no. */
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import type { PeerLine } from '#handoff/protocol.ts'
import { RouteQuestions } from '#worker-host/route-questions.ts'

const question = { registration: 1, via: 'net.tcp://localhost/echo', local: { address: '127.0.0.1', port: 808 } }
const most = 10 * availableParallelism()

function asking() {
  const sent: PeerLine[] = []
  const questions = new RouteQuestions((line) => void sent.push(line))
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { questions, sent, turn }
}

test('no more than ten for each processor are asked at once; the next is asked when one is answered', async () => {
  const { questions, sent, turn } = asking()
  const answers = Array.from({ length: most + 2 }, () => questions.ask(question))
  await turn()
  expect(sent).toHaveLength(most)
  questions.answered(1, true)
  questions.answered(2, false)
  expect(await answers[0]).toBe(true)
  expect(await answers[1]).toBe(false)
  await turn()
  expect(sent).toHaveLength(most + 2)
  questions.channelLost()
  expect(new Set(await Promise.all(answers.slice(2)))).toEqual(new Set([false]))
})

test('an answer that nobody waits for changes nothing', async () => {
  const { questions, turn } = asking()
  questions.answered(7, true)
  const answer = questions.ask(question)
  await turn()
  questions.answered(9, true)
  questions.channelLost()
  expect(await answer).toBe(false)
})
