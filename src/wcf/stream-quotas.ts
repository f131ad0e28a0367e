/** The quotas of those who read messages of a contract. */
import { defaultQuotas, type ReaderQuotas } from '#encoding/reader-quotas.ts'

/** What a stream's records may have, whatever the quotas say of arrays: .NET sends up to 64 KiB in one. */
const streamRecord = 1_048_576

export function quotasOf(given: Partial<ReaderQuotas> | undefined, hasStreams: boolean): ReaderQuotas {
  const quotas = { ...defaultQuotas, ...given }
  return hasStreams ? { ...quotas, maxArrayLength: Math.max(quotas.maxArrayLength, streamRecord) } : quotas
}
