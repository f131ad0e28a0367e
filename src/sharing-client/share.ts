/** `portico/sharing`: what a program that Portico did not start needs to receive connections of a shared port. */
import { systemClock } from '#base/clock.ts'
import type { SharedService } from './service.ts'
import { type ShareOptions, Sharing } from './sharing.ts'

export type { HostNameComparisonMode } from '#binding/host-mode.ts'
export type { BindingSettings, WrittenSettings } from '#binding/settings.ts'
export type { SharedConnection } from './offered-connection.ts'
export type { RegistrationInForce, SharedService, SharedServiceEvents } from './service.ts'
export type { ShareOptions } from './sharing.ts'
export { SharingError, type SharingStatus } from './sharing-error.ts'

const sharing = new Sharing({ clock: systemClock, random: Math.random })

/**
 * Shares a URI: resolves when Portico has registered it, and connections for it and for everything below come to the
 * service from then on.
 *
 * ```ts
 * await using service = await share({ uri: 'net.tcp://+:9000/orders' })
 * for await (const { socket, via } of service) handle(socket, via)
 * ```
 *
 * Rejects with a `SharingError` when Portico refuses, and at once when no Portico runs: whoever wants to wait for it
 * tries again. Once open, a service stays open whatever becomes of Portico, and is registered again with the next one.
 * All services of a process that share one Portico have one channel to it; they keep the process running until they are closed.
 */
export function share(options: ShareOptions): Promise<SharedService> {
  return sharing.share(options)
}
