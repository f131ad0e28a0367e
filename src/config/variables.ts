/** Environment variables in configured texts: `%NAME%`. */

/** The text with the values in place of `%NAME%`, or the name of a variable that isn't set. */
export function expandVariables(
  written: string,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly text: string } | { readonly unknown: string } {
  let unknown: string | undefined
  const text = written.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = environment[name]
    if (value === undefined) unknown ??= name
    return value ?? ''
  })
  return unknown === undefined ? { text } : { unknown }
}
