/** The configuration in the terms of identities. */
import type { PoolSettings } from '#activation/pool-settings.ts'
import type { Configuration } from '#config/configuration.ts'
import type { IdentityRules, PoolIdentity } from '#identity/identities.ts'

export function identityRulesOf({ sharing, portico, files }: Configuration): IdentityRules {
  const { allowAccounts, accountsAt } = sharing
  const { poolIdentities, localServiceAccount, networkServiceAccount, sharingStartMode } = portico
  const [hostFile = ''] = files
  const own = { poolIdentities, localServiceAccount, networkServiceAccount, sharingStartMode, hostFile }
  return { allowAccounts, accountsAt, ...own }
}

export function poolIdentityOf({ name, identity }: Pick<PoolSettings, 'name' | 'identity'>): PoolIdentity {
  const { identityType, userName, manualGroupMembership } = identity
  return { name, identityType, userName, manualGroupMembership }
}
