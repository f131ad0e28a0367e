/** Routing: the rows of the specification, and the table against a model that looks at every entry. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HostNameComparisonMode } from '#binding/host-mode.ts'
import { parseVia, type Via } from '#framing/via.ts'
import { type LocalEndpoint, type PrefixEntry, prefixTable } from '#routing/prefix-table.ts'

const modes = { '+': 'StrongWildcard', '*': 'WeakWildcard', '=': 'Exact' } as const

/** An entry from `+ /App`, `* h:9000/App`, `= host/App`; its target is that text. */
function entry(text: string): PrefixEntry<string> {
  const [sign = '', address = ''] = text.split(' ')
  const host = address.startsWith('/') ? '' : address.split('/', 1)[0]
  const uri = via(`net.tcp://${host || 'any'}${address.slice(host?.length)}`)
  const mode: HostNameComparisonMode = modes[sign as keyof typeof modes]
  return { mode, host: uri.host, port: uri.port, path: uri.path, target: text }
}

function via(text: string): Via {
  const parsed = parseVia(text)
  if (!parsed) throw new Error(`${text} is no via`)
  return parsed
}

function route(entries: readonly string[], uri: string, local: LocalEndpoint = { address: '10.0.0.5', port: 808 }) {
  const table = prefixTable(entries.map(entry))
  expect(table.conflicts).toEqual([])
  return table.lookup(via(uri), local)
}

describe('of the modes that match, the strong wildcard counts first, then the exact host, then the weak wildcard', () => {
  test.each([
    [['+ /Other', '* /App', '* /'], 'net.tcp://host:808/App/Service.svc', '* /App'],
    [['+ /', '= host/App/Service.svc'], 'net.tcp://host/App/Service.svc', '+ /'],
    [['* /App/Service.svc', '= host/'], 'net.tcp://host/App/Service.svc', '= host/'],
    [['* /', '= other/'], 'net.tcp://host/App', '* /'],
  ])('%j and %s', (entries, uri, target) => {
    expect(route(entries, uri)).toBe(target)
  })
})

describe('a path matches whole segments, whatever their case', () => {
  test.each([
    ['* /a/b', '/a//b/', true],
    ['* /App', '/App', true],
    ['* /App', '/app/x', true],
    ['* /App', '/App/Service.svc/ep', true],
    ['* /App/Service.svc', '/app/service.SVC/x', true],
    ['* /', '/anything/at/all', true],
    ['* /%C3%A9', '/é/x', true],
    ['* /%C3%A9', '/%c3%a9', true],
    ['* /App', '/Apple', false],
    ['* /App/x', '/App', false],
    ['* /App', '/', false],
  ])('%s and %s', (registered, path, matches) => {
    expect(route([registered], `net.tcp://host${path}`)).toBe(matches ? registered : undefined)
  })
})

describe('the port', () => {
  const at808 = { address: '10.0.0.5', port: 808 }
  test.each([
    ['= host:808/', 'net.tcp://host:9000/', undefined],
    ['* :808/', 'net.tcp://host:9000/', '* :808/'],
    ['+ :808/', 'net.tcp://host:9000/', '+ :808/'],
    ['* :9000/', 'net.tcp://host:9000/', undefined],
    ['= host:9000/', 'net.tcp://host:9000/', '= host:9000/'],
    ['= host:808/', 'net.tcp://host/', '= host:808/'],
    ['* :808/', 'net.tcp://host:808/', '* :808/'],
  ])('of %s is the socket’s for wildcards and the via’s for an exact host: %s', (registered, uri, target) => {
    expect(route([registered.replace(' :', ' any:')], uri, at808)).toBe(target?.replace(' :', ' any:'))
  })
})

describe('an exact host', () => {
  test.each([
    ['= localhost/', 'net.tcp://127.0.0.1/', undefined],
    ['= host.example/', 'net.tcp://host/', undefined],
    ['= HOST/', 'net.tcp://Host/', '= HOST/'],
    ['= host/App/Svc.svc', 'net.tcp://host/App/Svc.svc?x=1', '= host/App/Svc.svc'],
  ])('%s is compared as text, and a query is ignored: %s', (registered, uri, target) => {
    expect(route([registered], uri)).toBe(target)
  })

  test('keeps its case out of the comparison when it was registered in capitals', () => {
    const table = prefixTable([{ mode: 'Exact', host: 'HOST', port: 808, path: '/APP', target: 'here' }])
    expect(table.lookup(via('net.tcp://host/app'), { address: '10.0.0.5', port: 808 })).toBe('here')
  })
})

describe('a query belongs to the last segment for wildcards', () => {
  test.each([
    [['* /App/Svc.svc', '* /App'], 'net.tcp://h/App/Svc.svc?x=1', '* /App'],
    [['* /App'], 'net.tcp://h/App/?x=1', '* /App'],
    [['* /App'], 'net.tcp://h/App?x=1', undefined],
    [['* /App%3Fx=1'], 'net.tcp://h/App?x=1', '* /App%3Fx=1'],
  ])('%j and %s', (entries, uri, target) => {
    expect(route(entries, uri)).toBe(target)
  })
})

describe('a registered address counts only for sockets that have it', () => {
  test.each([
    [['+ 10.0.0.5/App'], '10.0.0.5', '+ 10.0.0.5/App'],
    [['+ 10.0.0.5/App'], '::ffff:10.0.0.5', '+ 10.0.0.5/App'],
    [['+ 10.0.0.5/App'], '10.0.0.6', undefined],
    [['+ 10.0.0.5/App', '+ /'], '10.0.0.6', undefined],
    [['+ 10.0.0.5/App', '+ /', '* /'], '10.0.0.6', '* /'],
    [['+ 10.0.0.5/App', '+ /'], '10.0.0.5', '+ 10.0.0.5/App'],
    [['+ 0.0.0.0/App'], '10.0.0.6', '+ 0.0.0.0/App'],
    [['+ [::]/App'], '10.0.0.6', '+ [::]/App'],
    [['+ [::]/App'], 'fe80::1', '+ [::]/App'],
    [['+ [0:0::1]/App'], '::1', '+ [0:0::1]/App'],
    [['+ [fe80::1]/App'], 'fe80::1%eth0', '+ [fe80::1]/App'],
    [['+ [::1]/App'], '127.0.0.1', undefined],
    [['+ [::ffff:10.0.0.5]/App'], '10.0.0.5', '+ [::ffff:10.0.0.5]/App'],
    [['+ name/App'], '10.0.0.6', '+ name/App'],
  ])('%j on %s', (entries, address, target) => {
    expect(route(entries, 'net.tcp://whatever/App/x', { address, port: 808 })).toBe(target)
  })

  test('in the exact mode too', () => {
    expect(route(['= 10.0.0.5/'], 'net.tcp://10.0.0.5/', { address: '10.0.0.6', port: 808 })).toBeUndefined()
    expect(route(['= 10.0.0.5/'], 'net.tcp://10.0.0.5/', { address: '10.0.0.5', port: 808 })).toBe('= 10.0.0.5/')
  })
})

test('a via of another scheme finds nothing', () => {
  expect(route(['* any:808/'], 'http://host:808/')).toBeUndefined()
})

test('entries of another scheme are found by it alone', () => {
  const table = prefixTable([{ ...entry('* any:808/'), scheme: 'http' }])
  expect(table.lookup(via('http://host:808/'), { address: '::1', port: 808 })).toBe('* any:808/')
  expect(table.lookup(via('net.tcp://host/'), { address: '::1', port: 808 })).toBeUndefined()
})

describe('an entry whose URI is already there in the same mode', () => {
  test.each([
    ['* /App', '* /app/', 'net.tcp://*:808/app/'],
    ['+ 10.0.0.5/', '+ /', 'net.tcp://+:808/'],
    ['= Host/a', '= host:808/A', 'net.tcp://host:808/A'],
  ])('is reported and left out: %s, then %s', (first, second, uri) => {
    const entries = [entry(first), entry(second)]
    const table = prefixTable(entries)
    expect(table.conflicts).toEqual([{ uri, entry: entries[1], existing: entries[0] }])
    expect(table.size).toBe(1)
  })

  test('is none in another mode, on another port, or one segment deeper', () => {
    const others = ['* /App', '+ /App', '= host/App', '* any:9000/App', '* /App/x'].map(entry)
    expect(prefixTable(others)).toMatchObject({ size: 5, conflicts: [] })
  })
})

/** The rules word for word, over all entries. */
function model(entries: readonly PrefixEntry<string>[], uri: Via, local: LocalEndpoint): string | undefined {
  const segments = (path: string) => path.toLowerCase().split('/').filter(Boolean)
  const wild = uri.query ? `${uri.path}%3F${uri.query.slice(1)}` : uri.path
  for (const mode of ['StrongWildcard', 'Exact', 'WeakWildcard'] as const) {
    const exact = mode === 'Exact'
    const wanted = segments(exact ? uri.path : wild)
    const matching = entries
      .filter((one) => one.mode === mode && one.port === (exact ? uri.port : local.port))
      .filter((one) => !exact || one.host.toLowerCase() === uri.host)
      .filter((one) => segments(one.path).every((segment, index) => wanted[index] === segment))
      .sort((a, b) => segments(b.path).length - segments(a.path).length)
    const longest = matching[0]
    const isAddress = longest && /^[\d.]+$/.test(longest.host)
    if (longest && (!isAddress || longest.host === '0.0.0.0' || longest.host === local.address)) return longest.target
  }
  return undefined
}

test('the table finds what a look at every entry finds', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'A', 'c%20d', 'x.svc', ''), { maxLength: 4 })
    .map((segments) => `/${segments.join('/')}`)
  const host = fc.constantFrom('h', 'H', '10.0.0.5', '10.0.0.6', '0.0.0.0')
  const port = fc.constantFrom(808, 9000)
  const mode = fc.constantFrom<HostNameComparisonMode>('StrongWildcard', 'Exact', 'WeakWildcard')
  const anyEntry = fc.record({ mode, host, port, path })
  const query = fc.constantFrom('', '?q', '?a/b')
  fc.assert(
    fc.property(
      fc.array(anyEntry, { maxLength: 20 }),
      host,
      port,
      path,
      query,
      port,
      host,
      (all, h, p, x, q, localPort, address) => {
        const entries = all.map((one, index) => ({ ...one, target: `${index}` }))
        const table = prefixTable(entries)
        const kept = entries.filter((one) => !table.conflicts.some((conflict) => conflict.entry === one))
        expect(table.size).toBe(kept.length)
        const uri = via(`net.tcp://${h}:${p}${x}${q}`)
        const local = { address, port: localPort }
        expect(table.lookup(uri, local)).toBe(model(kept, uri, local))
      },
    ),
    { numRuns: 2000 },
  )
})

test('entries that come and go one by one leave the table that is built of those that are there', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'A', ''), { maxLength: 3 })
    .map((segments) => `/${segments.join('/')}`)
  const host = fc.constantFrom('h', 'H', '10.0.0.5')
  const mode = fc.constantFrom<HostNameComparisonMode>('StrongWildcard', 'Exact', 'WeakWildcard')
  const anyEntry = fc.record({ mode, host, port: fc.constantFrom(808, 9000), path })
  const change = fc.record({ entry: anyEntry, removes: fc.nat({ max: 3 }) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), host, path, (changes, h, x) => {
      const table = prefixTable<number>([])
      let there: { mode: HostNameComparisonMode; host: string; port: number; path: string; target: number }[] = []
      changes.forEach(({ entry: place, removes }, target) => {
        const added = { ...place, target }
        const before = table.at(added)
        expect(table.add(added)).toBe(before)
        if (!before) there.push(added)
        expect(table.at(added)).toBe(before ?? added)
        table.remove({ ...added }) // another entry for the same place is not the one that is there
        const gone = there[removes]
        if (!gone) return
        table.remove(gone)
        table.remove(gone)
        there = there.filter((each) => each !== gone)
        expect(table.at(gone)).toBeUndefined()
      })
      const built = prefixTable(there)
      expect(built.conflicts).toEqual([])
      expect(table.size).toBe(built.size)
      const uri = via(`net.tcp://${h}:808${x}`)
      const local = { address: '10.0.0.5', port: 808 }
      expect(table.lookup(uri, local)).toBe(built.lookup(uri, local))
    }),
    { numRuns: 1000 },
  )
})

test('a hundred thousand applications have each their own place: what took time with the square of their number would not end', () => {
  const count = 100_000
  const table = prefixTable(
    Array.from({ length: count }, (_, index) => ({ ...entry('* /'), path: `/app${index}`, target: index })),
  )
  expect(table.size).toBe(count)
  const local = { address: '10.0.0.5', port: 808 }
  for (let index = 0; index < count; index += 97)
    expect(table.lookup(via(`net.tcp://h/App${index}/x.svc`), local)).toBe(index)
})
