/** Writes the pages under docs/ that are made of the code: `npx node src/main/generate-docs.ts` in the project's folder. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsReference } from '#base/errors-reference.ts'
import { configurationReference } from '#config/reference.ts'

const docs = join(import.meta.dirname, '../../docs')

writeFileSync(join(docs, 'configuration.md'), configurationReference())
writeFileSync(join(docs, 'errors.md'), errorsReference())
