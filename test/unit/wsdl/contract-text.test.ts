/** What services publish about themselves becomes their declaration in TypeScript. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as portico from 'portico/wcf'
import { expect, onTestFinished, test } from 'vitest'
import { contractOf, type DeclaredService } from '#wcf/service-contract.ts'
import { contractText, portTypesOf } from '#wsdl/contract-text.ts'
import { readDocuments } from '#wsdl/documents.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/wsdl')

async function textOf(file: string): Promise<string> {
  const documents = await readDocuments([file])
  const [portType] = portTypesOf(documents)
  if (!portType) throw new Error(`${file} has no port type`)
  return contractText(documents, portType)
}

/** What the text gives to wcf(…), whose answer is checked on the way. */
function declaredBy(text: string): DeclaredService {
  const body = text
    .replace(/^import (\{.*\}) from 'portico\/wcf'$/m, 'const $1 = portico')
    .replace('export default', 'return')
    .replaceAll('export const', 'const')
    .replaceAll('(): z.ZodType {', '() {')
  let declared: DeclaredService | undefined
  const wcf = (definition: DeclaredService) => {
    declared = definition
    contractOf(definition)
  }
  new Function('portico', body)({ ...portico, wcf })
  if (!declared) throw new Error('it declares no service')
  return declared
}

/** A WSDL file of one operation Do, with a parameter of this type. */
function wsdlWith(type: string, more = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-wsdl-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'do.wsdl')
  writeFileSync(
    file,
    `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t" targetNamespace="urn:t"><types>
<xs:schema targetNamespace="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema">${more}
<xs:element name="Do"><xs:complexType><xs:sequence><xs:element name="what" ${type}/></xs:sequence></xs:complexType></xs:element>
</xs:schema></types>
<message name="In"><part name="parameters" element="t:Do"/></message>
<portType name="IDo"><operation name="Do"><input message="t:In"/></operation></portType></definitions>`,
  )
  return file
}

test('contracts that contain each other, derived ones, flags, collections with names, faults, streams and callbacks', async () => {
  const text = await textOf(join(fixtures, 'shop.wsdl'))
  expect(text).toBe(readFileSync(join(fixtures, 'shop.contract.txt'), 'utf8'))
  const { operations, callbacks } = declaredBy(text)
  expect(Object.keys(operations)).toEqual(['Describe', 'Upload'])
  expect(callbacks).toMatchObject({ Changed: { oneWay: true } })
})

test('what Mono publishes: all its operations, and each type that they need', async () => {
  const text = await textOf(join(fixtures, 'mono-orders.xml'))
  expect(Object.keys(declaredBy(text).operations)).toEqual(
    'Add Return Describe Find Fail Note Notes Store Fetch ServedBy Exit'.split(' '),
  )
  expect(text).toContain("enumeration('OrderState', ['New', 'in-transit', 'Delivered']")
  expect(text).toContain("order: ['Name', 'Home', 'Billing']")
  expect(text).toContain('Stock: z.record(z.string(), z.int32()).nullish(),')
})

test('no name of the file becomes code', async () => {
  const name = `x'); process.exit(1) //`
  const type = `<xs:complexType name="${name}"><xs:sequence><xs:element name="${name}" type="xs:int"/></xs:sequence></xs:complexType>`
  const text = await textOf(wsdlWith(`type="t:${name}"`, type))
  expect(() => declaredBy(text)).toThrow("a member can't be called")
  expect(text).toContain(String.raw`contract('x\'); process.exit(1) //', {`)
})

test.each([
  ['type="xs:anyType"', /do\.wsdl:3: the element what is of the type anyType, for which portico\/wcf has no schema/],
  ['type="t:Missing"', /is of the type Missing/],
  ['', /the element what names no type/],
  ['type="q:int"', /the prefix q is not declared/],
])('a parameter with %s is refused with its line', async (type, message) => {
  await expect(textOf(wsdlWith(type))).rejects.toThrow(message)
})

test('a description that is elsewhere is refused, with what to do instead', async () => {
  const file = wsdlWith('type="xs:int"', '<xs:import schemaLocation="http://shop.example/?xsd=xsd0"/>')
  await expect(readDocuments([file])).rejects.toThrow(/imports http:\/\/shop\.example\/\?xsd=xsd0.*\?singleWsdl/)
  await expect(readDocuments(['missing.wsdl'])).rejects.toThrow(/missing\.wsdl:1: it can't be read \(ENOENT\)/)
})
