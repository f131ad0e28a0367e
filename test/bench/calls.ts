/** How many calls of a WCF contract are answered a second, against an echo of the same bytes? */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dictionaryString } from '#encoding/dictionary-string.ts'
import { openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { encodeSizedEnvelope } from '#framing/envelopes.ts'
import { readInt31 } from '#framing/int31.ts'
import { writeMessage } from '#soap/write-message.ts'
import { NetTcpClient } from '../support/net-tcp-client.ts'
import { type Comparison, inTurns, question } from './support/bench.ts'
import { BenchPortico, EchoService } from './support/subjects.ts'

const rounds = 12
const calls = 2_000
const contract = 'http://Microsoft.ServiceModel.Samples'

/** What a client sends for its first call of a session, which names the strings of the contract, and for each after that. */
async function requests(): Promise<readonly [first: Buffer, later: Buffer]> {
  const encoding = await openEncoding(sessionContentType)
  const names = { call: dictionaryString('Add'), of: dictionaryString(contract) }
  const parameters = ['n1', 'n2'].map(dictionaryString)
  const request = () =>
    encoding.write((writer) =>
      writeMessage(
        writer,
        {
          action: `${contract}/ICalculator/Add`,
          messageId: { kind: 'uniqueId', value: '3de37246-1e9e-433a-a522-d0e33dc0ce9b' },
          relatesTo: undefined,
        },
        () => {
          writer.startElement('', names.call, names.of)
          for (const parameter of parameters) {
            writer.startElement('', parameter, names.of)
            writer.value({ kind: 'double', value: 2.5 })
            writer.endElement()
          }
          writer.endElement()
        },
      ),
    )
  return [encodeSizedEnvelope(request()), encodeSizedEnvelope(request())]
}

/** The next envelope, with its type and size. */
async function envelope(client: NetTcpClient): Promise<Buffer> {
  let head = await client.read(2)
  for (;;) {
    const size = readInt31(head, 1)
    if (size.is === 'value') return Buffer.concat([head, await client.read(size.value)])
    head = Buffer.concat([head, await client.read(1)])
  }
}

await question(
  'calls: calls a second of apps/calculator, on connections that stay, against an echo of the same bytes by Node alone',
  async (cleanUp) => {
    const files = { 'index.ts': readFileSync(join(import.meta.dirname, '../../apps/calculator/index.ts'), 'utf8') }
    const portico = cleanUp.use(await BenchPortico.start({ apps: { calculator: files } }))
    const echo = cleanUp.use(await EchoService.start())
    const [first, later] = await requests()

    /** A client that calls, or has its request sent back, so many times one after the other. */
    type Caller = (count: number) => Promise<void>
    const caller = (client: NetTcpClient, size: number): Caller => {
      return async (count) => {
        for (let n = 0; n < count; n++) {
          client.write(later)
          const reply = await client.read(size)
          if (reply.length !== size || reply[0] !== 0x06) throw new Error('a reply was wrong')
        }
      }
    }
    const calling = async () => {
      const client = cleanUp.use(await NetTcpClient.open(portico.port, '/calculator'))
      if ((await client.answer()) !== 'ack') throw new Error('a connection was not acknowledged')
      client.write(first)
      if (!(await envelope(client)).includes('AddResponse')) throw new Error('the reply is none of Add')
      client.write(later)
      const reply = await envelope(client)
      return caller(client, reply.length)
    }
    const echoed = async () => caller(cleanUp.use(await NetTcpClient.connect(echo.port)), later.length)

    const perSecond = async (callers: readonly Caller[]) => {
      const begin = performance.now()
      await Promise.all(callers.map((call) => call(calls / callers.length)))
      return (calls / (performance.now() - begin)) * 1000
    }
    const comparisons: Comparison[] = []
    for (const connections of [1, 16]) {
      const [ours, theirs]: [Caller[], Caller[]] = [[], []]
      for (let n = 0; n < connections; n++) {
        ours.push(await calling())
        theirs.push(await echoed())
      }
      const results = await inTurns(rounds, { portico: () => perSecond(ours), baseline: () => perSecond(theirs) }, 2)
      const name = `calls on ${connections === 1 ? 'one connection' : `${connections} connections`}`
      comparisons.push({ name, unit: '1/s', ...results, against: 'an echo of the same bytes' })
    }
    return comparisons
  },
)
