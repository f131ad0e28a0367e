/** The sharing channel to a standby process as activation uses it: one word goes over it, and nothing comes back. */
import type { LaunchOrder } from '#activation/launcher.ts'
import type { StandbyChannel } from '#activation/standby-processes.ts'
import type { PeerCredentials } from '#syscalls/processes.ts'
import type { Channel } from './channel.ts'
import { protocolVersion } from './protocol.ts'

export class StandbyLink implements StandbyChannel {
  readonly #channel: Channel
  #lost: (() => void) | undefined

  constructor(channel: Channel) {
    this.#channel = channel
  }

  get peer(): PeerCredentials {
    return this.#channel.peer
  }

  get isOpen(): boolean {
    return this.#channel.isOpen
  }

  open(lost: () => void): void {
    this.#lost = lost
    this.#channel.send({ type: 'welcome', version: protocolVersion })
  }

  assign({ env, logFile }: LaunchOrder): void {
    this.#channel.send({ type: 'assign', env, logFile })
  }

  received(): void {
    this.#channel.close('a standby process has nothing to say')
  }

  lost(): void {
    this.#lost?.()
  }
}
