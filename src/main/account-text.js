/** An account as one word, as worker processes and looks are told it: `uid:gid:group,group`. JavaScript, because it is read before anything is compiled. */

/** @typedef {{ readonly uid: number, readonly gid: number, readonly groups: readonly number[] }} Account */

/** @param {Account} account */
export function accountText({ uid, gid, groups }) {
  return `${uid}:${gid}:${groups.join(',')}`
}

/**
 * @param {string} text
 * @returns {Account | undefined} undefined for a text that is none
 */
export function parseAccount(text) {
  const [, uid, gid, groups] = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/.exec(text) ?? []
  if (uid === undefined || gid === undefined || groups === undefined) return undefined
  return { uid: Number(uid), gid: Number(gid), groups: groups === '' ? [] : groups.split(',').map(Number) }
}
