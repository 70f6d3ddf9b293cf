/**
 * The schema language of the project: a subset of JSON Schema that OpenAPI v2, OpenAPI v3 and ajv interpret alike. Types, validation, `kubectl
 * explain` and the reference docs are derived from the same object, so they cannot diverge.
 */
export type Schema = StringSchema | IntegerSchema | BooleanSchema | ArraySchema | ObjectSchema | MapSchema

type Described = {
  /** Shown by `kubectl explain`. States what it means to omit the field. */
  readonly description: string
}
export type StringSchema = Described & {
  readonly type: 'string'
  readonly enum?: readonly string[]
  readonly format?: 'date-time'
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}
export type IntegerSchema = Described & {
  readonly type: 'integer'
  readonly format: 'int32' | 'int64'
  readonly minimum?: number
  readonly maximum?: number
}
export type BooleanSchema = Described & { readonly type: 'boolean' }
export type ArraySchema = Described & {
  readonly type: 'array'
  readonly items: Schema
  readonly minItems?: number
  readonly maxItems?: number
  /** Defaults to `atomic`, as in CustomResourceDefinitions. */
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
}
export type ObjectSchema = Described & {
  readonly type: 'object'
  readonly properties: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
}
/** A map with free keys, such as `extra` of a user. */
export type MapSchema = Described & { readonly type: 'object'; readonly additionalProperties: Schema }

type RequiredKeys<S> = S extends { readonly required: readonly (infer K)[] } ? K : never

/** The TypeScript type of the values that a schema accepts. Optional fields may be absent, never `undefined`. */
export type Of<S> = S extends { readonly type: 'string'; readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: 'string' }
    ? string
    : S extends { readonly type: 'integer' }
      ? number
      : S extends { readonly type: 'boolean' }
        ? boolean
        : S extends { readonly type: 'array'; readonly items: infer I }
          ? readonly Of<I>[]
          : S extends { readonly type: 'object'; readonly additionalProperties: infer V }
            ? { readonly [key: string]: Of<V> }
            : S extends { readonly type: 'object'; readonly properties: infer P }
              ? { readonly [K in keyof P as K extends RequiredKeys<S> ? K : never]: Of<P[K]> } & {
                  readonly [K in keyof P as K extends RequiredKeys<S> ? never : K]?: Of<P[K]>
                }
              : never
