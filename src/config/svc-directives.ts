/** Splits the text of a .svc file into its directives, `<%@ Name attribute="value" %>`, and the code behind them. */

export interface Directive {
  /** As written. */
  readonly name: string
  readonly line: number
  readonly attributes: readonly DirectiveAttribute[]
}

export interface DirectiveAttribute {
  readonly name: string
  readonly value: string
  readonly line: number
}

/** What is wrong with a .svc file. */
export interface SvcProblem {
  readonly line: number
  readonly wrong: string
}

export interface Directives {
  readonly directives: readonly Directive[]
  /** The line where code begins; undefined when there is none. */
  readonly codeAt: number | undefined
}

const between = /(?:\s+|<%--[\s\S]*?--%>)*/y
const opening = /<%\s*@\s*/y
const space = /\s*/y
const closing = /%>/y
/** A name, short enough for a message, and its value in quotation marks or without; one without ends at white space. */
const pair =
  /(?<name>[A-Za-z_][\w.:-]{0,63})(?:\s*(?<equals>=)\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<bare>(?:(?!%>)[^\s"'])*)))?/y

/** The directives at the beginning of `text`, or the first thing in them that is wrong. */
export function directivesIn(text: string): Directives | SvcProblem {
  const directives: Directive[] = []
  const lineAt = lineCounter(text)
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at = pattern.lastIndex
    return found
  }
  for (;;) {
    match(between)
    const line = lineAt(at)
    if (match(opening) === null) return { directives, codeAt: at < text.length ? line : undefined }
    const directive = directiveFrom(line)
    if ('wrong' in directive) return directive
    directives.push(directive)
  }

  /** The rest of the directive that begins in `line`, up to and with its end. */
  function directiveFrom(line: number): Directive | SvcProblem {
    const first = match(pair)?.groups
    const name = first?.equals === undefined ? first?.name : undefined
    const attributes: DirectiveAttribute[] = []
    if (name === undefined) return { line, wrong: 'has a directive without a name; write <%@ ServiceHost … %>' }
    for (match(space); match(closing) === null; match(space)) {
      const from = at
      const found = match(pair)?.groups
      if (found?.equals === undefined) {
        if (!text.includes('%>', from)) return { line, wrong: `has the directive ${name} without a closing %>` }
        const piece = quoted(text.slice(from, Math.max(at, from + 20)))
        const wrong = `has ${piece} in the directive ${name}, where an attribute with a value or the closing %> is expected`
        return { line: lineAt(from), wrong }
      }
      const value = found.double ?? found.single ?? found.bare ?? ''
      attributes.push({ name: found.name ?? '', value, line: lineAt(from) })
    }
    return { name, line, attributes }
  }
}

/** A piece of the file for a message, in one line. */
export function quoted(piece: string): string {
  const oneLine = piece.replace(/\p{Cc}+/gu, ' ').trim()
  return `“${oneLine.length > 60 ? `${oneLine.slice(0, 60)}…` : oneLine}”`
}

/** The line of an index; each is at or behind the one before it. */
function lineCounter(text: string): (index: number) => number {
  let line = 1
  let end = text.indexOf('\n')
  return (index) => {
    for (; end >= 0 && end < index; end = text.indexOf('\n', end + 1)) line++
    return line
  }
}
