/** Who goes without a place when the places are fewer than those who want one: a decision over plain facts. */

/**
 * A newcomer of `application` finds every place taken. The application that has the most places gives up one of them when
 * that makes the numbers more even; otherwise it is the newcomer who goes without, and the result is undefined. So an
 * application with less than an equal share of the places is never refused one, and never loses one.
 */
export function givesWay(taken: Iterable<readonly [string, number]>, application: string): string | undefined {
  let own = 0
  let most: readonly [string, number] | undefined
  for (const each of taken) {
    if (each[0] === application) own = each[1]
    else if (!most || each[1] > most[1]) most = each
  }
  return most && most[1] > own + 1 ? most[0] : undefined
}
