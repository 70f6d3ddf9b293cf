import type { Field } from './schema-fields.ts'

export const NOTE = '<!-- Written by `npm run reference` from the schemas. Change the schema, not this page. -->'

const cell = (text: string): string =>
  text
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\s+/g, ' ')
    .trim()

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export const fieldTable = (fields: readonly Field[]): string =>
  table(
    ['field', 'type', 'description'],
    fields.map(({ path, type, description }) => [`\`${path}\``, type, description]),
  )
