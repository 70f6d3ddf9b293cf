export type Named = { readonly kind?: string; readonly metadata?: { readonly name?: string } }

/** `accessrequest.jit.access/NAME`: printed by `-o name` and accepted by other kubectl commands. */
export const shortName = ({ kind = 'AccessRequest', metadata }: Named): string => `${kind.toLowerCase()}.jit.access/${metadata?.name ?? ''}`
