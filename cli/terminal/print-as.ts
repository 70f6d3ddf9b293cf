import { stringify } from 'yaml'
import { shortName, type ObjectFormat, type PrintableObject } from './output-formats.ts'
import type { IO } from './io.ts'

export function printAs(io: IO, format: ObjectFormat, object: PrintableObject): void {
  if (format === 'json') io.print(`${JSON.stringify(object, null, 4)}\n`)
  else if (format === 'yaml') io.print(stringify(object, { aliasDuplicateObjects: false }))
  else io.print(`${shortName(object)}\n`)
}
