/** The log as the parts see it: events with fixed keys. What writes them is wired in main. */

/** The keys that events share, so that an administrator can filter by them. */
export interface LogFields {
  /** Path of the application, as `/echo`. */
  readonly app?: string | undefined
  readonly pool?: string | undefined
  readonly worker?: string | undefined
  readonly connection?: number | undefined
  readonly via?: string | undefined
  /** Code of the error catalogue. */
  readonly code?: string | undefined
  readonly windowsEventId?: number | undefined
  readonly error?: unknown
  readonly [more: string]: unknown
}

/** Info is a change, warn what recovers by itself, error what needs someone. Never payload, tokens or passwords. */
export interface Log {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}
