/** A log that keeps its events for the test. */
import type { Log, LogFields } from '#base/log.ts'

export interface KeptEvent {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

export class KeptLog implements Log {
  readonly events: KeptEvent[] = []

  info(event: string, fields: LogFields = {}): void {
    this.events.push({ level: 'info', event, fields })
  }

  warn(event: string, fields: LogFields = {}): void {
    this.events.push({ level: 'warn', event, fields })
  }

  error(event: string, fields: LogFields = {}): void {
    this.events.push({ level: 'error', event, fields })
  }

  named(event: string): LogFields[] {
    return this.events.filter((each) => each.event === event).map(({ fields }) => fields)
  }
}
