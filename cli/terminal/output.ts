import { stringify } from 'yaml'
import { usage } from './exit-code.ts'
import { shortName } from './listing-format.ts'
import type { IO } from './io.ts'

export { shortName } from './listing-format.ts'

export const FORMATS = ['json', 'yaml', 'name'] as const
export type Format = (typeof FORMATS)[number]

/** @throws CommandError for an unsupported format */
export function formatOf(value: string | undefined): Format | undefined {
  if (value === undefined || value === '') return undefined
  const found = FORMATS.find((format) => format === value)
  if (found === undefined) throw usage(`--output=${value}: must be one of ${FORMATS.join(', ')}`)
  return found
}

type Printable = { readonly kind?: string; readonly metadata?: { readonly name?: string } }

export function printAs(io: IO, format: Format, object: Printable): void {
  if (format === 'json') io.print(`${JSON.stringify(object, null, 4)}\n`)
  else if (format === 'yaml') io.print(stringify(object, { aliasDuplicateObjects: false }))
  else io.print(`${shortName(object)}\n`)
}
