/** The client library of self-hosted services against a scripted Portico. */
import { onTestFinished } from 'vitest'
import type { SharedConnection } from '#sharing-client/offered-connection.ts'
import type { ShareOptions } from '#sharing-client/share.ts'
import { Sharing } from '#sharing-client/sharing.ts'
import { ManualClock } from './manual-clock.ts'
import { ScriptedPortico } from './scripted-portico.ts'

/** What is shared unless a test says otherwise. */
export const uri = 'net.tcp://+:9000/orders'
/** As a client asks for it. */
export const via = 'net.tcp://host:9000/orders'

/** A library without services; chance always gives 0. */
export async function open() {
  const [portico, clock] = [await ScriptedPortico.start(), new ManualClock()]
  const sharing = new Sharing({ clock, random: () => 0 })
  const share = async (options: Partial<ShareOptions> = {}) => {
    const service = await sharing.share({ uri, socket: portico.path, ...options })
    onTestFinished(() => service.close())
    return service
  }
  return { portico, share, clock }
}

/** With one service that is registered under the number 1. */
export async function opened() {
  const around = await open()
  const sharing = around.share()
  await around.portico.welcome()
  await around.portico.grant()
  const service = await sharing
  return { ...around, service, connections: service[Symbol.asyncIterator]() }
}

/** The connection that a loop got; it ends with the test. */
export async function taken(connection: Promise<IteratorResult<SharedConnection, undefined>>) {
  const { value } = await connection
  if (!value) throw new Error('the loop has ended')
  onTestFinished(() => void value.socket.destroy())
  return value
}
