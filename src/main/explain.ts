/** Finds out what would answer a URL, from what is in force, without starting anything. */
import { isIP } from 'node:net'
import type { ApplicationAnswer, Explanation, RegistrationAnswer } from '#admin/explanation.ts'
import { isPorticoError, PorticoError } from '#base/errors.ts'
import { parseVia, type Via } from '#framing/via.ts'
import { written } from '#identity/access.ts'
import type { Sid } from '#identity/sid.ts'
import { candidates } from '#routing/candidates.ts'
import type { PrefixEntry } from '#routing/prefix-table.ts'
import { poolIdentityOf } from './identity-rules.ts'
import type { Service } from './service.ts'
import type { ApplicationTarget, RegistrationTarget, Target } from './targets.ts'

/** `address`: the local address at which the connection would arrive. */
export function explain(service: Service, url: string, address = ''): Explanation {
  const via = parseVia(url)
  const local = { address: address || addressFor(via), port: via?.port ?? 0 }
  const port = portFor(service, local)
  const base = { url, canonical: via?.canonical, port }
  if (via?.scheme !== 'net.tcp' || local.port === 0) {
    const why = `${url} is no net.tcp address`
    const remedy = 'Write it as net.tcp://host:port/path.'
    return { ...base, answer: undefined, refusal: { client: 'close', why, remedy }, candidates: [] }
  }
  const { table, entries } = service.namespace
  const found = candidates(table, entries, via, local)
  const answering = found.find(({ answers }) => answers)
  const answer = answering && port.open ? answerOf(service, answering.entry) : undefined
  return {
    ...base,
    answer,
    refusal: refusalOf(port, via, answering?.entry.target),
    candidates: found.map(({ entry, uri, answers, why }) => {
      return { uri, hostNameComparisonMode: entry.mode, of: entry.target.name, answers, why }
    }),
  }
}

/** The address of this machine that a client which names an address connects to; for a name, that of the loopback. */
function addressFor(via: Via | undefined): string {
  const host = via?.host.replace(/^\[(.*)\]$/, '$1') ?? ''
  return isIP(host) === 0 ? '127.0.0.1' : host
}

function portFor({ ports, namespace }: Service, { address, port }: { address: string; port: number }) {
  const open = Array.from(ports).some(
    (each) => each.port === port && (each.address === '*' || each.address === address),
  )
  return { address, port, open, openedFor: namespace.claimsOn(port) }
}

function refusalOf(port: Explanation['port'], via: Via, target: Target | undefined): Explanation['refusal'] {
  if (!port.open)
    return {
      client: 'connection refused',
      why: `Portico does not listen on port ${port.port} of ${port.address}`,
      remedy:
        'Give a site a binding on this port in applicationHost.config, or start the self-hosted service that registers it.',
    }
  if (!target) return refusalBy(new PorticoError('NO_APPLICATION', { via: via.canonical }))
  if (target.is === 'registration' || target.application.protocols.includes('net.tcp')) return undefined
  return refusalBy(new PorticoError('PROTOCOL_NOT_ENABLED', { app: target.application.path, protocol: 'net.tcp' }))
}

function refusalBy({ reply, message, remedy }: PorticoError): Explanation['refusal'] {
  return { client: reply, why: message, remedy }
}

function answerOf(service: Service, { target }: PrefixEntry<Target>) {
  return target.is === 'application' ? ofApplication(service, target) : ofRegistration(service, target)
}

function ofApplication(service: Service, { application, binding }: ApplicationTarget): ApplicationAnswer {
  const { id, path, site, folder, origin, pool: name } = application
  const pool = service.manager.pool(name)
  const identity = pool && accountOf(service, pool.settings)
  const problem = identity?.problem ?? service.manager.lastFailure(id)?.error
  return {
    is: 'application',
    path,
    site,
    binding,
    folder,
    bases: application.bases,
    origin,
    pool: name,
    poolState: pool?.state.is ?? 'unknown',
    identityType: pool?.settings.identity.identityType ?? '',
    account: identity?.account,
    admittedBy: identity?.admittedBy,
    active: pool?.isActive(id) ?? false,
    ...(problem && { problem: { code: problem.code, message: problem.message, remedy: problem.remedy } }),
  }
}

/** The account of the pool, and what admits it; what is in the way instead. */
function accountOf(service: Service, settings: Parameters<typeof poolIdentityOf>[0]) {
  const identities = service.identitiesAsTheyAre
  try {
    const { account, uid, sids } = identities.accountOf(poolIdentityOf(settings))
    return { account: `${account} (uid ${uid})`, admittedBy: admittedBy(identities, sids), problem: undefined }
  } catch (problem) {
    if (!(problem instanceof PorticoError)) throw problem
    if (isPorticoError(problem, 'IDENTITY_NOT_GIVEN'))
      return { account: 'a numeric user that it gets at its first start', admittedBy: undefined, problem: undefined }
    return { account: undefined, admittedBy: undefined, problem }
  }
}

function ofRegistration({ identities }: Service, { registration, owner }: RegistrationTarget): RegistrationAnswer {
  const { uri, holder, since } = registration
  return {
    is: 'registration',
    uri,
    pid: holder.pid,
    account: holder.account,
    since: new Date(since).toISOString(),
    admittedBy: admittedBy(identities, identities.sidsOf(owner.peer)),
  }
}

function admittedBy(identities: Service['identities'], sids: readonly Sid[]): string | undefined {
  const entry = identities.admitting(sids)
  return entry && written(entry)
}
