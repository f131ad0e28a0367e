/** Which status of the sharing protocol tells a peer of an error. The names are those of the Windows sharing service. */
import type { Code } from '#base/catalogue.ts'
import type { PorticoError } from '#base/errors.ts'
import type { RefusalStatus } from './protocol.ts'

const statuses: { readonly [C in Code]?: RefusalStatus } = {
  PEER_NOT_ADMITTED: 'AccessDenied',
  SHARING_DISABLED: 'ServiceDisabled',
  REGISTRATION_INVALID: 'InvalidArgument',
  REGISTRATION_PROTOCOL_UNSUPPORTED: 'ProtocolUnsupported',
  REGISTRATION_PATH_TOO_LONG: 'PathTooLong',
  REGISTRATION_QUOTA_USED_UP: 'RegistrationQuotaExceeded',
  URI_ALREADY_REGISTERED: 'ConflictingRegistration',
  REGISTRATION_SETTINGS_DIFFER: 'ConflictingRegistration',
}

/** The status; what isn't in the table kept the port from being opened. */
export function statusOf({ code }: PorticoError): RefusalStatus {
  return statuses[code] ?? 'FailedToListen'
}
