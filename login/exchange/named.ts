/** Whom a verified token or assertion names, as tokens of this server have it. `endsAtMs`: when the session at the upstream ends. Optional. Defaults to no end. */
export type Named = { readonly name: string; readonly groups: readonly string[]; readonly endsAtMs?: number }
