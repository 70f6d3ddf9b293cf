import { usage } from './exit-code.ts'

/** The output of a command that prints one object. */
const OBJECT = ['json', 'yaml', 'name'] as const
export type ObjectFormat = (typeof OBJECT)[number]

/** The output of a command that lists objects. Undefined: a table. */
const LISTING = ['wide', ...OBJECT] as const
export type ListingFormat = (typeof LISTING)[number] | undefined

function find<T extends string>(formats: readonly T[], value: string | undefined): T | undefined {
  if (value === undefined || value === '') return undefined
  const found = formats.find((format) => format === value)
  if (found === undefined) throw usage(`--output=${value}: must be one of ${formats.join(', ')}`)
  return found
}

/** @throws CommandError for an unsupported format */
export const formatOf = (value: string | undefined): ObjectFormat | undefined => find(OBJECT, value)

/** @throws CommandError for an unsupported format */
export const listingFormatOf = (value: string | undefined): ListingFormat => find(LISTING, value)

export type PrintableObject = { readonly kind?: string; readonly metadata?: { readonly name?: string } }

/** `accessrequest.jit.access/NAME`: printed by `-o name` and accepted by other kubectl commands. */
export const shortName = ({ kind = 'AccessRequest', metadata }: PrintableObject): string => `${kind.toLowerCase()}.jit.access/${metadata?.name ?? ''}`
