/** What portico contract makes of the WSDL files in test/fixtures/wsdl, and what that declares. */
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { DeclaredService } from '#wcf/service-contract.ts'
import * as portico from '#wcf/wcf.ts'
import { readService } from '#wsdl/service.ts'
import { serviceFile } from '#wsdl/service-file.ts'

export const wsdlFolder = join(import.meta.dirname, '../fixtures/wsdl')

export async function generated(file: string, service?: string): Promise<string> {
  return serviceFile(await readService([join(wsdlFolder, file)], service), 'service.wsdl')
}

/** What a file gives to `wcf`. `others`: what it imports besides, by the names under which it does. */
export function declaredIn(text: string, others: Readonly<Record<string, unknown>> = {}): DeclaredService {
  const body = stripTypeScriptTypes(text)
    .replace(/import \{([^}]*)\} from '([^']+)'/g, "const {$1} = modules['$2']")
    .replace('export default wcf(', 'return (')
  return new Function('modules', body)({ 'portico/wcf': portico, ...others }) as DeclaredService
}
