/** The users and groups of this machine as the other parts ask for them: the system's databases, remembered for a moment. */
import type { Clock } from '#base/clock.ts'
import { PorticoError, sentenceOf } from '#base/errors.ts'
import {
  type GroupEntry,
  groupById,
  groupByName,
  groupsOf,
  type UserEntry,
  userById,
  userByName,
} from '#syscalls/accounts.ts'

/** The look-ups that identities are made of. */
export interface Accounts {
  userByName(name: string): UserEntry | undefined
  userById(uid: number): UserEntry | undefined
  groupByName(name: string): GroupEntry | undefined
  groupById(gid: number): GroupEntry | undefined
  /** The gids of a user's groups, `gid` among them. */
  groupsOf(user: string, gid: number): readonly number[]
}

/** The system's databases, those of a directory server included; each look-up may throw ACCOUNTS_UNREADABLE. */
export const systemAccounts: Accounts = {
  userByName: asking(userByName),
  userById: asking(userById),
  groupByName: asking(groupByName),
  groupById: asking(groupById),
  groupsOf: asking(groupsOf),
}

function asking<A extends readonly unknown[], T>(ask: (...args: A) => T): (...args: A) => T {
  return (...args) => {
    try {
      return ask(...args)
    } catch (cause) {
      throw new PorticoError('ACCOUNTS_UNREADABLE', { reason: sentenceOf(cause) }, { cause })
    }
  }
}

/** Milliseconds for which an answer counts: a crowd of peers asks a directory server once, and a change is soon seen. */
const rememberedFor = 1_000

/** The same accounts, asked at most once a second for each of them. */
export function remembered(accounts: Accounts, clock: Clock): Accounts {
  let answers = new Map<string, unknown>()
  let since = Number.NEGATIVE_INFINITY
  const once = <T>(question: string, ask: () => T): T => {
    const now = clock.elapsed()
    if (now - since >= rememberedFor) {
      answers = new Map()
      since = now
    }
    if (!answers.has(question)) answers.set(question, ask())
    return answers.get(question) as T // what `ask` of the same question returned
  }
  return {
    userByName: (name) => once(`user ${name}`, () => accounts.userByName(name)),
    userById: (uid) => once(`uid ${uid}`, () => accounts.userById(uid)),
    groupByName: (name) => once(`group ${name}`, () => accounts.groupByName(name)),
    groupById: (gid) => once(`gid ${gid}`, () => accounts.groupById(gid)),
    groupsOf: (user, gid) => once(`groups ${gid} ${user}`, () => accounts.groupsOf(user, gid)),
  }
}
