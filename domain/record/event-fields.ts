/**
 * Types of record fields. No type holds objects, bodies, tokens or headers, so that none can get into a record. Every string is bounded. Lengths are
 * UTF-16 code units.
 */
export type EventField = Meaning & { readonly optional?: true } & (
    | { readonly kind: 'word'; readonly max: number }
    | { readonly kind: 'text'; readonly max: number }
    | { readonly kind: 'words'; readonly max: number; readonly most: number }
    | { readonly kind: 'base64'; readonly max: number }
    | { readonly kind: 'choice'; readonly of: readonly string[] }
    | { readonly kind: 'count' }
    | { readonly kind: 'flag' }
  )
type Meaning = { readonly meaning: string }
export type EventFields = { readonly [name: string]: EventField }

type Value<F> = F extends { readonly kind: 'choice'; readonly of: readonly (infer C)[] }
  ? C
  : F extends { readonly kind: 'count' }
    ? number
    : F extends { readonly kind: 'flag' }
      ? boolean
      : F extends { readonly kind: 'words' }
        ? readonly string[]
        : string

/** The TypeScript type of the fields. An undefined optional field is omitted from the line. */
export type Values<T> = {
  readonly [K in keyof T as T[K] extends { readonly optional: true } ? never : K]: Value<T[K]>
} & {
  readonly [K in keyof T as T[K] extends { readonly optional: true } ? K : never]?: Value<T[K]> | undefined
}

/** An identifier. Refused when it is too long, since a cut identifier would name something else. */
export const word = (meaning: string, max = 1024) => ({ kind: 'word', meaning, max }) as const
/** Text for people. Cut when it is too long. The caller has masked it. */
export const text = (meaning: string, max = 1024) => ({ kind: 'text', meaning, max }) as const
/** Several words. Refused when one is too long or when there are too many. */
export const words = (meaning: string, most = 64) => ({ kind: 'words', meaning, max: 4096, most }) as const
/** Bytes that are not text. `max` counts characters. */
export const base64 = (meaning: string, max: number) => ({ kind: 'base64', meaning, max }) as const
export const choice = <const C extends readonly string[]>(meaning: string, of: C) => ({ kind: 'choice', meaning, of }) as const
/** A non-negative integer. */
export const count = (meaning: string) => ({ kind: 'count', meaning }) as const
export const flag = (meaning: string) => ({ kind: 'flag', meaning }) as const
export const optional = <const F extends EventField>(field: F) => ({ ...field, optional: true }) as const
