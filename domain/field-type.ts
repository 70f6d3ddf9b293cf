/** What the schema allows at one place of an object in the cluster. */
export type FieldType =
  /** Anything: there is no schema, or it preserves unknown fields. */
  | { readonly kind: 'any' }
  | { readonly kind: 'scalar' }
  | { readonly kind: 'list' | 'map'; readonly of: FieldType }
  /** An object with a fixed set of fields. Other fields are pruned. */
  | { readonly kind: 'object'; field(name: string): FieldType | undefined }

export const ANY: FieldType = { kind: 'any' }
