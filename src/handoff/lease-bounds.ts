/** The bounds of leases on the sharing channel, for both of its ends. */

/** The longest name of a lease, in characters. */
export const longestLeaseName = 200
/** So many leases of a worker process are told at once. */
export const mostLeases = 1_000
