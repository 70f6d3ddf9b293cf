import { usage } from './exit-code.ts'

const FORMATS = ['wide', 'json', 'yaml', 'name'] as const
/** The output of a command that lists objects. Undefined: a table. */
export type ListingFormat = (typeof FORMATS)[number] | undefined

/** @throws CommandError for an unsupported format */
export function listingFormatOf(value: string | undefined): ListingFormat {
  if (value === undefined || value === '') return undefined
  const found = FORMATS.find((format) => format === value)
  if (found === undefined) throw usage(`--output=${value}: must be one of ${FORMATS.join(', ')}`)
  return found
}

type Named = { readonly kind?: string; readonly metadata?: { readonly name?: string } }

/** `accessrequest.jit.access/NAME`: printed by `-o name` and accepted by other kubectl commands. */
export const shortName = ({ kind = 'AccessRequest', metadata }: Named): string => `${kind.toLowerCase()}.jit.access/${metadata?.name ?? ''}`
