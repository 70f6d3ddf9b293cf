import { join } from 'node:path'
import { readArguments } from '../read-arguments.ts'
import { referencePages } from './reference-pages.ts'

/** `npm run reference`: writes the pages of docs/reference from the schemas, and docs/demo.svg from its recording. `npm run check` reports a page that differs. */
readArguments('usage: npm run reference\n', {})
for (const file of await referencePages({ root: join(import.meta.dirname, '../..'), write: true })) process.stdout.write(`${file} written\n`)
