import { join } from 'node:path'
import { referencePages } from './pages.ts'

/** `npm run reference`: writes the pages of docs/reference that the schemas give. `npm run check` finds a page that differs. */
for (const file of await referencePages({ root: join(import.meta.dirname, '../..'), write: true })) process.stdout.write(`${file} written\n`)
