/** What an object of the cluster may hold at a place, as its schema says. */
export type FieldType =
  /** Anything: there is no schema, or it leaves fields as they are. */
  | { readonly kind: 'any' }
  | { readonly kind: 'scalar' }
  | { readonly kind: 'list' | 'map'; readonly of: FieldType }
  /** An object whose fields are known: others are pruned. */
  | { readonly kind: 'object'; field(name: string): FieldType | undefined }

export const ANY: FieldType = { kind: 'any' }
