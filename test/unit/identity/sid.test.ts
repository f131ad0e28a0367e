import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  groupSid,
  nameOfSid,
  parseSid,
  poolSid,
  type Sid,
  serviceSid,
  sidOfName,
  sids,
  unixIdOf,
  userSid,
  wellKnown,
} from '#identity/sid.ts'

const sid = (text: string): Sid => {
  const parsed = parseSid(text)
  if (!parsed) throw new Error(`${text} is not a SID`)
  return parsed
}

const part = fc.nat({ max: 0xffff_ffff })
const parts = fc.array(part, { minLength: 1, maxLength: 15 })
const authority = fc.oneof(
  fc.nat({ max: 0xffff_ffff }).map(String),
  fc.integer({ min: 2 ** 32, max: 2 ** 48 - 1 }).map((value) => `0x${value.toString(16).padStart(12, '0')}`),
)
const printed = fc.tuple(authority, parts).map(([first, rest]) => `S-1-${first}-${rest.join('-')}`)

describe('a SID that is read', () => {
  test('prints as it was written, in any case of its letters', () => {
    fc.assert(
      fc.property(printed, (text) => {
        expect(parseSid(text)).toBe(text)
        expect(parseSid(text.toLowerCase())).toBe(text)
        expect(parseSid(text.toUpperCase())).toBe(text)
      }),
    )
  })

  test('has one spelling, however many zeros lead its numbers', () => {
    const zeros = fc.integer({ min: 0, max: 20 }).map((count) => '0'.repeat(count))
    fc.assert(
      fc.property(parts, zeros, (numbers, more) => {
        const text = `S-1-${more}5${numbers.map((number) => `-${more}${number}`).join('')}`
        expect(parseSid(text)).toBe(`S-1-5-${numbers.join('-')}`)
      }),
    )
    expect(parseSid('s-1-0X10000000A-0')).toBe('S-1-0x00010000000a-0')
  })

  test.each([
    ['nothing', ''],
    ['another revision', 'S-2-5-18'],
    ['a revision with zeros', 'S-01-5-18'],
    ['no sub-authority', 'S-1-5'],
    ['16 sub-authorities', `S-1-5${'-1'.repeat(16)}`],
    ['a blank before', ' S-1-5-18'],
    ['a blank behind', 'S-1-5-18 '],
    ['a line end behind', 'S-1-5-18\n'],
    ['a NUL behind', 'S-1-5-18\0'],
    ['a sub-authority of 33 bits', 'S-1-5-4294967296'],
    ['a decimal authority of 33 bits', 'S-1-4294967296-1'],
    ['a hex authority of 32 bits', 'S-1-0xffffffff-1'],
    ['a hex authority of 49 bits', 'S-1-0x1000000000000-1'],
    ['a hex sub-authority', 'S-1-5-0x12'],
    ['a sign', 'S-1-5--18'],
    ['an empty part', 'S-1-5-18-'],
    ['a fraction', 'S-1-5-18.0'],
    ['an exponent', 'S-1-5-1e3'],
    ['digits of another script', 'S-1-5-١٨'],
    ['a letter that only looks like S', 'ſ-1-5-18'],
  ])('is refused with %s', (_, text) => {
    expect(parseSid(text)).toBeUndefined()
  })

  test('is never an error, whatever the text', () => {
    const almost = fc.array(fc.constantFrom('S-1-', ...'Ss1x05- ')).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost), (text) => {
        const parsed = parseSid(text)
        if (parsed !== undefined) expect(parseSid(parsed)).toBe(parsed)
      }),
    )
  })
})

// Values that are also published elsewhere, and, marked "computed", those that only the algorithm confirms.
describe('the SID of an application pool', () => {
  test.each([
    ['DefaultAppPool', 'S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415'],
    ['.NET v4.5', 'S-1-5-82-271721585-897601226-2024613209-625570482-296978595'],
    ['Classic .NET AppPool', 'S-1-5-82-1036420768-1044797643-1061213386-2937092688-4282445334'],
    ['.NET v4.5 Classic', 'S-1-5-82-3876422241-1344743610-1729199087-774402673-2621913236'],
    ['.NET v2.0', 'S-1-5-82-3682073875-1643277370-2842298652-3532359455-2406259117'],
    ['.NET v2.0 Classic', 'S-1-5-82-4068219030-1673637257-3279585211-533386110-4122969689'],
    ['MyAppPool', 'S-1-5-82-2634445321-3285880087-1143796263-26425956-2857690893'], // computed
  ])('%s is what Windows computes', (name, expected) => {
    expect(poolSid(name)).toBe(expected)
    expect(sidOfName(`IIS APPPOOL\\${name}`)).toBe(expected)
    expect(sidOfName(`iis AppPool\\${name.toUpperCase()}`)).toBe(expected)
    expect(parseSid(expected)).toBe(expected)
  })

  test('is not the hash of the upper-cased name', () => {
    expect(poolSid('DefaultAppPool')).not.toBe('S-1-5-82-3351764326-1707831393-3926725467-2775714168-1921910078')
  })

  test('is that of the name in any case, and of no other name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (name, other) => {
        expect(poolSid(name.toUpperCase())).toBe(poolSid(name.toLowerCase()))
        expect(poolSid(name) === poolSid(other)).toBe(name.toLowerCase() === other.toLowerCase())
      }),
    )
  })
})

describe('the SID of a Windows service', () => {
  test.each([
    ['TrustedInstaller', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'],
    ['NetTcpActivator', 'S-1-5-80-3579033775-2824656752-1522793541-1960352512-462907086'],
    ['NetPipeActivator', 'S-1-5-80-2943419899-937267781-4189664001-1229628381-3982115073'],
    ['NetMsmqActivator', 'S-1-5-80-89244771-1762554971-1007993102-348796144-2203111529'],
    ['MSSQLSERVER', 'S-1-5-80-3880718306-3832830129-1677859214-2598158968-1052248003'],
    ['NetTcpPortSharing', 'S-1-5-80-1773860938-1487242074-882566118-4272343956-2175834232'], // computed
    ['WAS', 'S-1-5-80-1061825232-167646333-2456899247-4014030508-1274102580'], // computed
    ['W3SVC', 'S-1-5-80-989796750-4090848350-2040919084-978865222-2182970707'], // computed
  ])('%s is what Windows computes', (name, expected) => {
    expect(serviceSid(name)).toBe(expected)
    expect(sidOfName(`NT SERVICE\\${name}`)).toBe(expected)
    expect(sidOfName(`nt service\\${name.toLowerCase()}`)).toBe(expected)
  })
})

test('a name folds letter by letter, and nothing foreign becomes an ASCII letter', () => {
  expect(serviceSid('größe')).toBe(serviceSid('GRÖßE'))
  expect(serviceSid('größe')).not.toBe(serviceSid('GRÖSSE'))
  expect(serviceSid('ŉ')).not.toBe(serviceSid('ʼN')) // one letter, and the two that JavaScript makes of it
  expect(poolSid('ΑΣ')).toBe(poolSid('ασ'))
  expect(serviceSid('waſ')).not.toBe(serviceSid('was'))
  expect(poolSid('\u212a')).not.toBe(poolSid('k')) // the sign for kelvin
  expect(sidOfName('NETWOR\u212a')).toBeUndefined()
})

describe('a Unix user or group', () => {
  test.each([0, 1000, 65534, 0xffff_fffe])('%s has the SID that Samba gives it', (id) => {
    expect(userSid(id)).toBe(`S-1-22-1-${id}`)
    expect(groupSid(id)).toBe(`S-1-22-2-${id}`)
    expect(unixIdOf(userSid(id))).toEqual({ kind: 'user', id })
    expect(unixIdOf(groupSid(id))).toEqual({ kind: 'group', id })
    expect(nameOfSid(userSid(id))).toBe(`Unix user ${id}`)
    expect(nameOfSid(groupSid(id))).toBe(`Unix group ${id}`)
  })

  test.each([-1, 0xffff_ffff, 2 ** 32, 1.5, Number.NaN])('can not have the id %s', (id) => {
    expect(() => userSid(id)).toThrow(RangeError)
    expect(() => groupSid(id)).toThrow(RangeError)
  })

  test.each(['S-1-22-1-4294967295', 'S-1-22-3-0', 'S-1-22-1', 'S-1-22-1-0-0', 'S-1-5-22-1-0', 'S-1-5-18'])(
    'is not what %s names',
    (text) => {
      const parsed = parseSid(text)
      if (parsed) expect(unixIdOf(parsed)).toBeUndefined()
    },
  )
})

describe('a well-known identity', () => {
  test.each([
    ['S-1-1-0', 'Everyone', sids.everyone],
    ['S-1-5-2', 'NETWORK', sids.network],
    ['S-1-5-6', 'SERVICE', sids.service],
    ['S-1-5-11', 'Authenticated Users', sids.authenticatedUsers],
    ['S-1-5-18', 'LocalSystem', sids.localSystem],
    ['S-1-5-19', 'LocalService', sids.localService],
    ['S-1-5-20', 'NetworkService', sids.networkService],
    ['S-1-5-32-544', 'BUILTIN\\Administrators', sids.administrators],
    ['S-1-5-32-545', 'BUILTIN\\Users', sids.users],
    ['S-1-5-32-568', 'BUILTIN\\IIS_IUSRS', sids.iisUsers],
    ['S-1-5-80-0', 'NT SERVICE\\ALL SERVICES', sids.allServices],
  ])('%s is %s', (text, name, constant) => {
    expect(constant).toBe(text)
    expect(parseSid(constant)).toBe(text)
    expect(nameOfSid(sid(text))).toBe(name)
    expect(sidOfName(name)).toBe(text)
  })

  test('is in the table of this test, each of them', () => {
    expect(Object.keys(wellKnown)).toHaveLength(11)
  })

  test.each([
    ['NT AUTHORITY\\SYSTEM', sids.localSystem],
    ['SYSTEM', sids.localSystem],
    ['localsystem', sids.localSystem],
    ['Local System', sids.localSystem],
    ['NT AUTHORITY\\LocalService', sids.localService],
    ['NT Authority\\Local Service', sids.localService],
    ['NETWORK SERVICE', sids.networkService],
    ['NT AUTHORITY\\NETWORK SERVICE', sids.networkService],
    ['NT AUTHORITY\\NetworkService', sids.networkService],
    ['NT AUTHORITY\\NETWORK', sids.network],
    ['nt authority\\authenticated users', sids.authenticatedUsers],
    ['Administrators', sids.administrators],
    ['builtin\\administrators', sids.administrators],
    ['Users', sids.users],
    ['iis_iusrs', sids.iisUsers],
    ['all services', sids.allServices],
  ])('is what an administrator means by %s', (name, expected) => {
    expect(sidOfName(name)).toBe(expected)
  })
})

test.each([
  '',
  '\\',
  'IIS APPPOOL\\',
  'NT SERVICE\\',
  'IIS APPPOOL',
  ' SYSTEM',
  'BUILTIN\\SYSTEM',
  'BUILTIN\\BUILTIN\\Users',
  '__proto__',
  'constructor\\x',
])('nobody has the name %j', (name) => {
  expect(sidOfName(name)).toBeUndefined()
})

test('a computed SID does not tell its name, and no text is an error', () => {
  expect(nameOfSid(poolSid('DefaultAppPool'))).toBeUndefined()
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const found = sidOfName(text)
      if (found !== undefined) expect(parseSid(found)).toBe(found)
      expect(sidOfName(`NT SERVICE\\x${text}`)).toBe(serviceSid(`x${text}`))
    }),
  )
})
