/** Whether a connection arrived at the address that a registered host names. */
import { isIP, SocketAddress } from 'node:net'

/**
 * The one local address of sockets for which a registered host counts, normalized; undefined when it counts for all,
 * as names, wildcards and the two addresses that stand for any do.
 */
export function addressRestriction(registeredHost: string): string | undefined {
  const host = registeredHost.startsWith('[') ? registeredHost.slice(1, -1) : registeredHost
  if (isIP(host) === 0) return undefined
  const address = normalizedAddress(host)
  return address === '0.0.0.0' || address === '::' ? undefined : address
}

const mappedPrefix = '::ffff:'

/** The address in its one spelling: without a zone, and an IPv4 address plain where a dual-stack socket shows it mapped. */
export function normalizedAddress(address: string): string {
  if (!address.includes(':')) return address
  const bare = address.split('%', 1)[0] ?? ''
  if (isIP(bare) !== 6) return address
  const shortest = new SocketAddress({ address: bare, family: 'ipv6' }).address
  const mapped = shortest.slice(mappedPrefix.length)
  return shortest.startsWith(mappedPrefix) && isIP(mapped) === 4 ? mapped : shortest
}
