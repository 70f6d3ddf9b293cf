import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { EVENTS } from '../../../domain/record/events.ts'
import type { EventField, EventFields } from '../../../domain/record/event-fields.ts'
import { FILE_EVENTS } from '../../../domain/record/file-events.ts'

function said(field: EventField): string {
  const most = 'max' in field ? `, at most ${field.max}` : ''
  const kind = field.kind === 'choice' ? field.of.map((each) => `\`${each}\``).join(' ') : `${field.kind}${most}`
  return `${kind}${field.optional === true ? '' : ', always'}`
}

const section = (event: string, fields: EventFields): string =>
  [
    `### ${event}`,
    '',
    '| field | holds | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(fields).map(([name, field]) => `| ${name} | ${said(field)} | ${field.meaning.replaceAll('|', '\\|')} |`),
  ].join('\n')

/** Tables of the page, generated from the code. When the test fails, paste its expected text. */
const tables = Object.entries({ ...EVENTS, ...FILE_EVENTS })
  .map(([event, fields]) => section(event, fields))
  .join('\n\n')

it('docs/reference/records.md lists every event with every field as in the code', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/reference/records.md'), 'utf8')
  const squeezed = page.replaceAll(/ +\|/g, ' |').replaceAll(/\| +/g, '| ').replaceAll(/-{3,}/g, '---')
  expect(squeezed.slice(squeezed.indexOf('### ')).trimEnd()).toBe(tables)
})
