/** The ordinary user as whom root runs scenarios again. */
export const nobody = 65_534
