/** Lays TypeScript out as Biome does with the settings of this repository: on one line where it fits, broken where not. */

/** Pieces of text with places where lines may break. */
export type Layout =
  | string
  | readonly Layout[]
  /** Breaks where its group does; `flat` stands there otherwise. */
  | { readonly line: string }
  | { readonly indented: Layout }
  /** Only where its group is broken. */
  | { readonly ifBroken: string }
  /** On one line if it fits, and `mustBreak` doesn't say otherwise. */
  | { readonly group: Layout; readonly mustBreak?: boolean }
  /** The first that fits up to its first break; the last if none does. */
  | { readonly choice: readonly Layout[] }

const width = 120
const softline: Layout = { line: '' }
const line: Layout = { line: ' ' }

export function object(entries: readonly Layout[], mustBreak = false): Layout {
  if (entries.length === 0) return '{}'
  return { group: ['{', { indented: [line, separated(entries)] }, { ifBroken: ',' }, line, '}'], mustBreak }
}

export function array(items: readonly Layout[]): Layout {
  if (items.length === 0) return '[]'
  return { group: ['[', { indented: [softline, separated(items)] }, { ifBroken: ',' }, softline, ']'] }
}

/** A call whose arguments all stand on lines of their own where it doesn't fit. */
export function call(name: Layout, args: readonly Layout[]): Layout {
  if (args.length === 0) return [name, '()']
  return { group: [name, '(', { indented: [softline, separated(args)] }, { ifBroken: ',' }, softline, ')'] }
}

/** A call whose last argument, an object, may break alone. */
export function callWithObject(
  name: Layout,
  args: readonly Layout[],
  last: readonly Layout[],
  mustBreak = false,
): Layout {
  const start = [name, '(', ...args.flatMap((each) => [each, ', '])]
  const hugged: Layout = [...start, object(last, true), ')']
  if (args.length === 0) return mustBreak ? hugged : [...start, object(last), ')']
  return { choice: [{ group: [...start, object(last), ')'] }, hugged, call(name, [...args, object(last)])] }
}

export function separated(items: readonly Layout[]): Layout {
  return items.flatMap((item, index) => (index === 0 ? [item] : [',', line, item]))
}

interface Piece {
  readonly layout: Layout
  readonly indent: number
  readonly isFlat: boolean
}

/** The text, where lines that follow each other at `indent` spaces. */
export function laidOut(layout: Layout, indent = 0): string {
  let text = ''
  let column = indent
  const pieces: Piece[] = [{ layout, indent, isFlat: false }]
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const { layout: each, indent: at, isFlat } = piece
    const push = (layouts: readonly Layout[], next: Partial<Piece> = {}) => {
      for (const one of layouts.toReversed()) pieces.push({ layout: one, indent: at, isFlat, ...next })
    }
    if (typeof each === 'string') {
      text += each
      const feed = each.lastIndexOf('\n')
      column = feed < 0 ? column + each.length : each.length - feed - 1
    } else if (isList(each)) push(each)
    else if ('line' in each) {
      if (isFlat) push([each.line])
      else {
        text += `\n${' '.repeat(at)}`
        column = at
      }
    } else if ('indented' in each) push([each.indented], { indent: at + 2 })
    else if ('ifBroken' in each) push(isFlat ? [] : [each.ifBroken])
    else if ('group' in each) push([each.group], { isFlat: isFlat || (!breaksAlways(each) && fits(each)) })
    else {
      const chosen = each.choice.find((one, index) => (index > 0 || !breaksAlways(one)) && fits(one))
      push([chosen ?? each.choice.at(-1) ?? ''])
    }
  }
  return text

  /** Whether it, and what follows up to the next break, ends before the line does. */
  function fits(first: Layout): boolean {
    let left = width - column
    const rest: Piece[] = [{ layout: first, indent: 0, isFlat: true }]
    let following = pieces.length
    while (left >= 0) {
      const piece = rest.pop() ?? pieces[--following]
      if (!piece) return true
      const { layout: each, isFlat } = piece
      const push = (layouts: readonly Layout[], flat = isFlat) => {
        for (const one of layouts.toReversed()) rest.push({ layout: one, indent: 0, isFlat: flat })
      }
      if (typeof each === 'string') {
        const feed = each.indexOf('\n')
        left -= feed < 0 ? each.length : feed
        if (feed >= 0) return left >= 0
      } else if (isList(each)) push(each)
      else if ('line' in each) {
        if (!isFlat) return true
        push([each.line])
      } else if ('indented' in each) push([each.indented])
      else if ('ifBroken' in each) push(isFlat ? [] : [each.ifBroken])
      else if ('group' in each) push([each.group], isFlat && !breaksAlways(each))
      else push(each.choice.slice(0, 1))
    }
    return false
  }
}

const isList = (layout: Layout): layout is readonly Layout[] => Array.isArray(layout)

function breaksAlways(layout: Layout): boolean {
  if (typeof layout === 'string') return layout.includes('\n')
  if (isList(layout)) return layout.some(breaksAlways)
  if ('group' in layout) return layout.mustBreak === true || breaksAlways(layout.group)
  if ('indented' in layout) return breaksAlways(layout.indented)
  return 'choice' in layout && layout.choice.every(breaksAlways)
}
