/** Writes the pages under docs/ that are generated: npx node src/main/generate-docs.ts */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationReference } from '#config/reference.ts'

const docs = join(import.meta.dirname, '../../docs')
writeFileSync(join(docs, 'configuration.md'), configurationReference())
