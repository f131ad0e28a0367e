/** What an administrator does with a pool: starts it, stops it, replaces its worker process. */
import type { ActivationManager } from '#activation/activation-manager.ts'
import type { PoolAction, PoolAnswer } from '#admin/admin-server.ts'
import { PorticoError } from '#base/errors.ts'

/** Answers when it is done: a pool is stopped when its last worker process has ended, recycled when another one serves. */
export async function poolAction(manager: ActivationManager, action: PoolAction, name: string): Promise<PoolAnswer> {
  try {
    return await actions[action](manager, name)
  } catch (error) {
    if (error instanceof PorticoError) return failed(error)
    throw error
  }
}

const actions: { readonly [A in PoolAction]: (manager: ActivationManager, name: string) => Promise<PoolAnswer> } = {
  async start(manager, name) {
    const pool = manager.named(name)
    const says = `application pool ${pool.settings.name}`
    return pool.start()
      ? { done: true, says: `${says} is started` }
      : { done: true, says: `${says} was started already` }
  },
  async stop(manager, name) {
    const pool = manager.named(name)
    await pool.stop('administrator')
    return pool.state.is === 'started'
      ? { done: false, says: `application pool ${pool.settings.name} was started again meanwhile` }
      : { done: true, says: `application pool ${pool.settings.name} is stopped` }
  },
  async recycle(manager, name) {
    const pool = manager.named(name)
    const says = `application pool ${pool.settings.name}`
    const result = await pool.recycle('OnDemand')
    if (result instanceof PorticoError) return failed(result)
    const outcomes = {
      replaced: `${says} has ${pool.settings.maxProcesses > 1 ? 'other worker processes; the old ones finish what they have' : 'another worker process; the old one finishes what it has'}`,
      'nothing runs': `${says} has no worker process: the next connection starts one`,
    } as const
    return { done: true, says: outcomes[result] }
  },
}

const failed = ({ message, remedy }: PorticoError): PoolAnswer => ({ done: false, says: message, remedy })
