import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readService } from '#wsdl/service.ts'
import { wsdlFolder } from '../../support/generated-services.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portico-wsdl-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** What is said, with the folder left out. */
async function refusal(files: readonly string[], service?: string): Promise<string> {
  const paths = files.map((file) => join(folder, file))
  const error: Error = await readService(paths, service).then(
    () => new Error('it was read'),
    (thrown: Error) => thrown,
  )
  return error.message.replaceAll(`${folder}/`, '')
}

/** The refusal of a file of fixtures with something replaced; `LINE` in what is expected is the line of `at`. */
async function changed(fixture: string, from: string | RegExp, to: string): Promise<{ said: string; line: number }> {
  const text = await readFile(join(wsdlFolder, fixture), 'utf8')
  const at = typeof from === 'string' ? text.indexOf(from) : text.search(from)
  expect(at).toBeGreaterThan(-1)
  await writeFile(
    join(folder, 's.wsdl'),
    text.replace(from, () => to),
  )
  return { said: await refusal(['s.wsdl']), line: text.slice(0, at).split('\n').length }
}

describe('files that are no WSDL', () => {
  test.each([
    ['', 'not well-formed XML'],
    ['Add(a, b)', 'not well-formed XML'],
    ['<wsdl:definitions', 'not well-formed XML'],
    ['<!DOCTYPE x><x/>', 'DOCTYPE and entity declarations are refused'],
    ['<html><body/></html>', '<html> is not the root of a WSDL 1.1 file or a schema'],
    ['<description xmlns="http://www.w3.org/ns/wsdl"/>', '<description> is not the root of a WSDL 1.1 file'],
    ['<schema xmlns="http://www.w3.org/2001/XMLSchema"/>', 'none of the files is a WSDL file'],
    ['<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', 'declares no portType'],
  ])('%s', async (text, says) => {
    await writeFile(join(folder, 's.wsdl'), text)
    const said = await refusal(['s.wsdl'])
    expect(said).toContain('s.wsdl:1: ')
    expect(said).toContain(says)
  })

  test('a file that is not there', async () => {
    expect(await refusal(['none.wsdl'])).toContain('none.wsdl:1: ENOENT')
  })
})

describe('what a contract can not have is refused with its line', () => {
  const elements = '<xs:element minOccurs="0" name="Article" nillable="true" type="xs:string" />'
  const add = '<wsdl:part name="parameters" element="tns:Add" />'
  test.each([
    ['RPC style', '<soap12:binding transport', '<soap12:binding style="rpc" transport', 'is in RPC style'],
    ['RPC style in an operation', 'style="document"', 'style="rpc"', 'is in RPC style'],
    ['SOAP encoding', '<soap12:body use="literal"', '<soap12:body use="encoded"', 'uses SOAP encoding'],
    [
      'headers',
      '<soap12:body use="literal" />',
      '<soap12:header use="literal" />',
      'is a header of a message contract',
    ],
    ['a part with a type', add, '<wsdl:part name="a" type="tns:int" />', 'has a type in place of an element'],
    [
      'an untyped message',
      add,
      '<wsdl:part xmlns:q="http://schemas.microsoft.com/Message" name="MessageBody" type="q:MessageBody" />',
      'is an untyped Message',
    ],
    [
      'an element that is missing',
      add,
      '<wsdl:part name="parameters" element="tns:Gone" />',
      'has the element Gone of',
    ],
    [
      'a message that is missing',
      'message="tns:IOrders_Add_InputMessage"',
      'message="tns:Gone"',
      'has the message Gone of',
    ],
    ['a type that is missing', elements, elements.replace('xs:string', 'tns:Gone'), 'is of type Gone of http://orders'],
    ['a type of XML Schema', elements, elements.replace('xs:string', 'xs:gYear'), 'is of type gYear of XML Schema'],
    ['several values', elements, elements.replace('minOccurs', 'maxOccurs="2" minOccurs'), 'comes several times'],
    ['a reference', elements, '<xs:element ref="tns:Line" />', 'refers to another element'],
    ['any element', elements, '<xs:any processContents="lax" />', 'may hold any element'],
    ['a choice', elements, `<xs:choice>${elements}</xs:choice>`, 'is a choice'],
    [
      'an out parameter',
      '<xs:element minOccurs="0" name="AddResult" type="xs:int" />',
      '<xs:element name="sum" type="xs:int" />',
      'answers with sum',
    ],
  ])('%s', async (_, from, to, says) => {
    const { said, line } = await changed('dotnet/orders.wsdl', from, to)
    expect(said).toContain(says)
    // Of what is wrong, or of the element around it.
    const lines = [...said.matchAll(/s\.wsdl:(\d+):/g)].map((match) => Number(match[1]))
    expect(lines.some((each) => each <= line && line - each < 4)).toBe(true)
  })

  test('everything that is wrong is said at once, in the order of the file', async () => {
    const text = await readFile(join(wsdlFolder, 'dotnet/orders.wsdl'), 'utf8')
    await writeFile(
      join(folder, 's.wsdl'),
      text.replaceAll('type="xs:decimal"', 'type="xs:date"').replace('style="document"', 'style="rpc"'),
    )
    const said = await refusal(['s.wsdl'])
    expect(said).toContain('for 2 reasons')
    expect(said.indexOf('date of XML Schema')).toBeLessThan(said.indexOf('RPC style'))
  })

  test('a contract that extends itself, and a simple type that restricts itself', async () => {
    const extended = await changed(
      'dotnet/watch.wsdl',
      '<xs:complexType name="Item">',
      '<xs:complexType name="Item"><xs:complexContent><xs:extension base="tns:Folder" /></xs:complexContent>',
    )
    expect(extended.said).toContain('say which one with --service')
    expect(await refusal(['s.wsdl'], 'IWatch')).toContain('<xs:complexType name="Item"> extends itself')
    const restricted = '<xs:simpleType name="OrderState"><xs:restriction base="tns:OrderState" /></xs:simpleType>'
    const { said } = await changed(
      'dotnet/orders.wsdl',
      /<xs:simpleType name="OrderState">.*?<\/xs:simpleType>/s,
      restricted,
    )
    expect(said).toContain('<xs:simpleType name="OrderState"> restricts itself')
  })
})

describe('several contracts', () => {
  test('are named, so that one can be chosen', async () => {
    await copyFile(join(wsdlFolder, 'dotnet/watch.wsdl'), join(folder, 's.wsdl'))
    expect(await refusal(['s.wsdl'])).toContain(
      's.wsdl:2: declares the contracts IWatch, IFiles: say which one with --service',
    )
    expect(await refusal(['s.wsdl'], 'IGone')).toContain('IWatch, IFiles')
    const chosen = await readService([join(folder, 's.wsdl')], 'IFiles')
    expect(chosen.operations.map((each) => each.name)).toEqual(['Upload'])
  })
})

describe('imports', () => {
  beforeEach(async () => {
    const orders = join(wsdlFolder, 'mono/orders')
    for (const name of await readdir(orders)) await copyFile(join(orders, name), join(folder, name))
  })

  test('are found by their namespaces in the files beside', async () => {
    await writeFile(join(folder, 'broken.xsd'), '<xs:schema')
    const { operations } = await readService([join(folder, 'service.wsdl')], undefined)
    expect(operations).toHaveLength(11)
  })

  test('one that is missing is named, with the line that needs it', async () => {
    await rm(join(folder, 'schema3.xsd'))
    const said = await refusal(['service.wsdl'])
    expect(said).toMatch(
      /service\.wsdl:8: <import> imports the namespace http:\/\/orders\.example\/data, which is in none/,
    )
    expect(said).toContain('schema1.xsd:3: <xs:import> imports the namespace http://orders.example/data')
  })

  test('of an address are looked for beside, never on the network', async () => {
    const file = join(folder, 'service.wsdl')
    const text = await readFile(file, 'utf8')
    const location = 'schemaLocation="http://127.0.0.1:1/orders.svc?xsd=xsd2"'
    await rm(join(folder, 'schema3.xsd'))
    await writeFile(file, text.replace('<import namespace="http://orders.example/data"', `$& ${location}`))
    expect(await refusal(['service.wsdl'])).toContain('save it there, from http://127.0.0.1:1/orders.svc?xsd=xsd2')
  })
})
