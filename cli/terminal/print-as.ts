import { stringify } from 'yaml'
import { shortName, type ObjectFormat, type PrintableObject } from './output-formats.ts'
import type { IO } from './io.ts'

/** The object without `metadata.managedFields`, which kubectl does not print either: they are most of an object, and no reader needs them. */
export const withoutManagedFields = <T extends PrintableObject>(object: T): T => ({
  ...object,
  metadata: Object.fromEntries(Object.entries(object.metadata ?? {}).filter(([name]) => name !== 'managedFields')),
})

export function printAs(io: IO, format: ObjectFormat, whole: PrintableObject): void {
  const object = withoutManagedFields(whole)
  if (format === 'json') io.print(`${JSON.stringify(object, null, 4)}\n`)
  else if (format === 'yaml') io.print(stringify(object, { aliasDuplicateObjects: false }))
  else io.print(`${shortName(object)}\n`)
}
