import { expect, onTestFinished, test, vi } from 'vitest'
import { binaryContentType } from '#encoding/message-encoding.ts'
import { stream, wcf, z } from '#wcf/wcf.ts'
import { messages } from '../../support/envelopes.ts'
import { mutated, seeded } from '../../support/mutations.ts'
import { WcfPeer } from '../../support/wcf-peer.ts'

const echo = wcf({
  name: 'IEcho',
  operations: {
    Echo: { in: { text: z.string() }, out: z.string(), run: ({ text }) => text },
    Notify: { in: { text: z.string() }, oneWay: true, run() {} },
    NotifyCount: { out: z.number(), run: () => 1 },
    Length: {
      in: stream(),
      out: z.number(),
      async run(data) {
        return (await Array.fromAsync(data)).length
      },
    },
  },
})

test('a session of messages that were changed at random is answered or ended, and does nothing else', async () => {
  const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => log.mockRestore())
  const seed = Number(process.env.PORTICO_FUZZ_SEED ?? Date.now() % 1e9)
  const random = seeded(seed)
  const outcomes = new Map<string | undefined, number>()
  for (let round = 0; round < 1000; round++) {
    const message = messages[random(messages.length)]
    const isSession = message?.session !== undefined
    const peer = isSession
      ? await WcfPeer.open(echo)
      : await WcfPeer.open(echo, { mode: 'singleton', contentType: binaryContentType })
    const original = message?.bytes ?? Buffer.alloc(0)
    // A few are whole: whoever sends them must not notice the others.
    const bytes = round % 10 === 0 ? original : mutated(original, random)
    peer.sendBytes(bytes)
    try {
      const [answer] = await peer.finish()
      const isFault = answer?.action.endsWith('/fault')
      const outcome = isFault ? /[ab]:\w+(?=<)/.exec(answer?.body ?? '')?.[0] : answer?.action
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    } catch (error) {
      throw new Error(`seed ${seed}: this message does more: ${bytes.toString('hex')}`, { cause: error })
    }
  }
  const told = [...outcomes.keys()]
  expect(told).toEqual(expect.arrayContaining(['b:DeserializationFailed', 'a:ActionNotSupported']))
  expect(told.some((outcome) => outcome?.endsWith('Response'))).toBe(true)
  expect(told).not.toContain('b:InternalServiceFault')
})
