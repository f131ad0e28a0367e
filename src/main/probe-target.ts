/** What a probe's URL means: the via that goes on the wire, and where to connect. */
import { authorityOf, type Destination, destinationOf } from '#net-tcp-client/destination.ts'

export interface ProbeTarget extends Destination {
  /** Whether the URL names the port, or it is the default of net.tcp. */
  readonly portIsWritten: boolean
}

/** Undefined when the text is no net.tcp URL that a connection can be made for. */
export function probeTarget(url: string): ProbeTarget | undefined {
  const destination = destinationOf(url)
  return destination && { ...destination, portIsWritten: /:\d+$/.test(authorityOf(url)) }
}
