/** Whom a verified token or assertion names, as tokens of this server have it. */
export type Named = { readonly name: string; readonly groups: readonly string[] }
