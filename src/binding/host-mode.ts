/** How the host name of a registered URI is compared with the one that a connection asks for. */

/** A lookup tries them in this order, whatever the lengths of the paths. */
export const hostNameComparisonModes = ['StrongWildcard', 'Exact', 'WeakWildcard'] as const

export type HostNameComparisonMode = (typeof hostNameComparisonModes)[number]
