/** Every error that Portico raises: its sentence, its remedy, and what a client that waits for an answer gets. */

/**
 * What the client of the failed connection gets: a framing fault, or `close` (the connection ends without a byte).
 * `none` marks errors that are not on the way of a connection.
 */
export type Reply =
  | 'EndpointNotFound'
  | 'EndpointUnavailable'
  | 'ServiceActivationFailed'
  | 'ConnectionDispatchFailed'
  | 'close'
  | 'none'

/** One error: `says` makes the sentence of its arguments. Codes are stable; a retired one is never used again. */
export interface CatalogueEntry {
  says(args: never): string
  readonly remedy: string
  readonly reply: Reply
  readonly windowsEventId?: number
}

export const catalogue = {
  // Configuration
  CONFIG_INVALID: {
    says: (a: { problems: readonly string[] }) =>
      a.problems.length === 1
        ? `the configuration has a problem: ${a.problems[0]}`
        : `the configuration has ${a.problems.length} problems:\n${a.problems.map((p) => `  ${p}`).join('\n')}`,
    remedy: 'Correct the named lines. While Portico runs, the last good configuration stays in force.',
    reply: 'none',
  },
  CONFIG_UNREADABLE: {
    says: (a: { file: string; reason: string }) => `the configuration file ${a.file} can't be read: ${a.reason}`,
    remedy:
      'Create the file or make it readable for the account that runs portico serve, or name another folder with --config.',
    reply: 'none',
  },

  // Framing
  FRAMING_INVALID: {
    says: (a: { problem: string; position: number; state: string }) =>
      `the bytes are no net.tcp framing: ${a.problem} (byte ${a.position}, ${a.state})`,
    remedy: 'See what connects to this port: it needs a net.tcp client with a binding that the service has too.',
    reply: 'close',
  },
} as const satisfies Record<string, CatalogueEntry>

export type Code = keyof typeof catalogue
