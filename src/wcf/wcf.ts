/** `portico/wcf`: an application that answers WCF clients, by its contract. */
import { report } from '#base/report.ts'
import { EncodingError } from '#encoding/encoding-error.ts'
import { type MessageEncoding, openEncoding, sessionContentType } from '#encoding/message-encoding.ts'
import { defaultMaxSessionSize, defaultQuotas, type ReaderQuotas } from '#encoding/reader-quotas.ts'
import type { Service, Session } from '#worker-host/application.ts'
import type { Callback, Operation, ServiceOptions, SessionContext } from './definition.ts'
import { DuplexSession } from './duplex-session.ts'
import type { ReadyService } from './service.ts'
import { contractOf, type DeclaredService } from './service-contract.ts'
import { serveStreamedCall } from './streamed-call.ts'

export { z } from 'zod'
export type { MessageHeaders } from '#soap/headers.ts'
export { contract, dateTimeOffset, enumeration, flags, knownTypes } from './contract.ts'
export type { Callback, FaultContract, OperationContext, SessionContext } from './definition.ts'
export * from './net-types.ts'
export { type StreamBody, stream } from './stream.ts'
export { WcfFault, type WcfFaultOptions } from './wcf-fault.ts'

/** `In` and `Out` are what the operations declare, by their names. */
export interface ServiceDefinition<In, Out, Callbacks, Instance> extends ServiceOptions {
  readonly operations: {
    readonly [K in keyof In]: Operation<In[K], K extends keyof Out ? Out[K] : unknown, Callbacks, Instance>
  } & { readonly [K in keyof Out]: { readonly out?: Out[K] } }
  /** The callback contract: what the service may call at its clients. */
  readonly callbacks?: Callbacks
  /** Makes what `context.instance` is, once for each session, before its first call. */
  create?(context: SessionContext<Callbacks>): Instance | Promise<Instance>
}

/** What a stream's records may have, whatever the quotas say of arrays: .NET sends up to 64 KiB in one. */
const streamRecord = 1_048_576

/** A service that answers WCF clients: what an entry module exports by default, or one of its `services`. */
export function wcf<
  In,
  Out,
  const Callbacks extends Readonly<Record<string, Callback>> = Record<never, never>,
  Instance = undefined,
>(definition: ServiceDefinition<In, Out, Callbacks, Instance>): Service & Required<Pick<Service, 'session'>> {
  // The types of the operations are for those who write them; from here on all are alike.
  const declared = definition as unknown as DeclaredService & Pick<ReadyService, 'create'>
  const contract = contractOf(declared)
  const { name, concurrency, includeExceptionDetailInFaults, maxReceivedMessageSize } = definition
  const create = declared.create && ((context: SessionContext) => declared.create?.(context))
  const service: ReadyService = { contract, concurrency, includeExceptionDetailInFaults, create }

  return {
    ...(maxReceivedMessageSize !== undefined && { maxReceivedMessageSize }),
    async session(session, context) {
      const isStreamed = session.mode === 'singleton'
      if (isStreamed && contract.callbacks.length > 0) {
        report(`a session for ${session.via} is refused`, `${name} has callbacks, which streamed transfer can't carry`)
        return await session.refuse('UnsupportedMode')
      }
      const given = { ...definition.readerQuotas, ...context.endpoint?.readerQuotas }
      const encoding = await encodingOf(session, quotasOf(given, contract.hasStreams))
      if (!encoding) return await session.refuse('ContentTypeInvalid')
      if (isStreamed) await serveStreamedCall(service, session, encoding, context)
      else await new DuplexSession(service, session, encoding, context).serve()
    },
  }
}

function quotasOf(given: Partial<ReaderQuotas> | undefined, hasStreams: boolean): ReaderQuotas {
  const quotas = { ...defaultQuotas, ...given }
  return hasStreams ? { ...quotas, maxArrayLength: Math.max(quotas.maxArrayLength, streamRecord) } : quotas
}

/** Undefined when the session is in an encoding that can't be served, which the log explains. */
async function encodingOf(
  { contentType, mode, via }: Session,
  quotas: ReaderQuotas,
): Promise<MessageEncoding | undefined> {
  try {
    const encoding = await openEncoding(contentType, { quotas, maxSessionSize: defaultMaxSessionSize })
    if (mode === 'duplex' || encoding.contentType !== sessionContentType) return encoding
    report(`a session for ${via} is refused`, `${sessionContentType} is not for streamed transfer`)
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
    report(`a session for ${via} is refused`, error.message)
  }
  return undefined
}
