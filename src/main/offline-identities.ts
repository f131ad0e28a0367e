/** Identities for commands that work without a running `portico serve`, from the files that it goes by. */
import { statSync } from 'node:fs'
import { systemClock } from '#base/clock.ts'
import type { Configuration } from '#config/configuration.ts'
import { remembered, systemAccounts } from '#identity/accounts.ts'
import type { Credentials } from '#identity/credentials.ts'
import { Identities, ownCredentials, type PoolIdentity } from '#identity/identities.ts'
import { PoolIds } from '#identity/pool-ids.ts'
import { pathsOf } from './home.ts'
import { identityRulesOf } from './identity-rules.ts'

export type OfflineIdentities = ReturnType<typeof offlineIdentities>

/** Identities as the `portico serve` of this home has them; nothing is given or changed. */
export function offlineIdentities(configuration: Configuration, home: string) {
  const accounts = remembered(systemAccounts, systemClock)
  const poolIds = new PoolIds({ file: pathsOf(home).identities, accounts, mayGive: false })
  const identities = new Identities(identityRulesOf(configuration), { self: ownerOf(home), accounts, poolIds })
  const pools = Array.from(
    configuration.pools.values(),
    ({ name, processModel }): PoolIdentity => ({ ...processModel, name }),
  )
  return { identities, accounts, poolIds, pools }
}

/** Who runs the `portico serve` of a home: it belongs to that account. */
function ownerOf(home: string): Credentials {
  const owner = statSync(home, { throwIfNoEntry: false })
  const self = ownCredentials()
  return !owner || owner.uid === self.uid ? self : { uid: owner.uid, gid: owner.gid, groups: [] }
}
