/** An explanation as a person reads it. */
import type { ApplicationAnswer, Explanation, RegistrationAnswer } from '#admin/explanation.ts'

/** So many addresses that don't answer are listed. */
const mostOthers = 20

/** `service`: what its web.config and .svc files say of the service that is asked for. */
export function explanationText(explanation: Explanation, service: readonly string[] = []): string {
  const { url, canonical, port, answer, refusal, candidates } = explanation
  const others = candidates.filter(({ answers }) => !answers)
  const chosen = candidates.find(({ answers }) => answers)
  const lines = [
    canonical === undefined || canonical === url ? url : `${url}, which is ${canonical}`,
    `  port      ${port.port} of ${port.address}, ${port.open ? 'open' : 'NOT OPEN'}${port.openedFor.length > 0 ? `, for ${port.openedFor.join('; ')}` : ''}`,
    ...(chosen ? [`  address   ${chosen.uri} (${chosen.hostNameComparisonMode}): ${chosen.why}`] : []),
    ...(answer?.is === 'application' ? applicationLines(answer) : []),
    ...service,
    ...(answer?.is === 'registration' ? registrationLines(answer) : []),
    ...(refusal ? [`  NOT ANSWERED (${refusal.client}): ${refusal.why}`, `    ${refusal.remedy}`] : []),
    ...(others.length > 0 ? ['  not asked'] : []),
    ...others.slice(0, mostOthers).map(({ uri, of, why }) => `    ${uri} of ${of}: ${why}`),
    ...(others.length > mostOthers ? [`    and ${others.length - mostOthers} more`] : []),
  ]
  return lines.join('\n')
}

function applicationLines(answer: ApplicationAnswer): string[] {
  const { path, site, binding, folder, origin, pool, poolState, identityType, account, admittedBy, active } = answer
  const source = origin === 'folder' ? 'a folder in the application folder' : 'an <application> element'
  return [
    `  answer    application ${path} of site ${site}, ${active ? 'which is active' : 'which this connection would start'}`,
    `  binding   net.tcp ${binding}`,
    `  folder    ${folder} (${source})`,
    `  pool      ${pool}, ${poolState}`,
    `  identity  ${identityType}${account === undefined ? '' : `: ${account}`}`,
    ...(admittedBy === undefined ? [] : [`  rule      admitted by ${admittedBy} of allowAccounts`]),
    ...(answer.problem
      ? [
          `  PROBLEM   ${answer.problem.message.replaceAll('\n', '\n    ')}`,
          `    ${answer.problem.remedy} (${answer.problem.code})`,
        ]
      : []),
  ]
}

function registrationLines({ uri, pid, account, since, admittedBy }: RegistrationAnswer): string[] {
  return [
    `  answer    the self-hosted service that has registered ${uri}: process ${pid}, since ${since}`,
    `  identity  ${account}`,
    ...(admittedBy === undefined ? [] : [`  rule      admitted by ${admittedBy} of allowAccounts`]),
  ]
}
