/** The options and the interface of a masker. See masker.ts for the whole public surface. */
import type { ChosenKeys } from './restore/chosen-keys.ts'
import type { Codecs } from './secret/codecs.ts'
import type { KnownValues } from './match/known-values.ts'
import type { ValueSource } from './match/pattern.ts'
import type { Said } from './match/values-in.ts'
import type { WeakValuesOfStrings } from './match/weak-values.ts'
import type { Placeholders } from './secret/placeholders.ts'

export type MaskKind = 'secret' | 'secret-watch' | 'token-request' | 'json' | 'json-watch' | 'text'

/** Keys of one Secret that a live grant reveals. An empty list of keys reveals nothing. */
export type RevealedKeys = { namespace: string; secret: string; keys: readonly string[] }

/** What is hidden in any text by value or by form, and what replaces it. */
export type FilterOptions = {
  known: KnownValues
  /** Whether well-known tokens in plain sight are masked (token-table.ts). Defaults to true. Tokens inside compressed text are always masked. */
  tokens?: boolean
  /**
   * Values that the request itself contained, and pieces of values (values-in.ts). They are not masked: the client knows them, and a mask would confirm a guess.
   * Defaults to none.
   */
  said?: Said
  /** Values that can be guessed, which are masked next to the name of a credential. Defaults to those of `known`. */
  weak?: WeakValuesOfStrings
  /** A value is not hidden if all its sources are exempt. Defaults to no exemptions. */
  exempt?: (source: ValueSource) => boolean
  /** The replacement for a known value. Defaults to `[jit.access/masked]`. Not called for well-known tokens. */
  replace?: (found: { readonly sources: readonly ValueSource[]; readonly bytes: Buffer }) => Buffer
  /** Whether a mask has the length of what it hides, which preserves offsets in a byte stream. `replace` is then not called. Defaults to false. */
  sameLength?: boolean
  /** The text is the inside of JSON strings, so the result of `replace` is escaped. Set by the JSON masker. */
  inJson?: boolean
}

export type MaskerOptions = FilterOptions & {
  placeholders: Placeholders
  /** Defaults to revealing nothing. */
  reveal?: readonly RevealedKeys[]
  /** Namespace and name from the route, if it has them. The object's own metadata must match them. */
  namespace?: string
  name?: string
  /** The response is to a write, dry runs included. Placeholders then do not depend on the value, so a write cannot test a guess. */
  echo?: boolean
  /** Keys whose value the write chose (chosenKeys). Placeholders of other keys are the same as in a read. Defaults to all keys. */
  chosen?: ChosenKeys
  /** Paths of fields that a policy hides on this route, for JSON of kinds other than Secret (field-path.ts). Defaults to none. */
  fields?: readonly string[]
  /** Needed to decode Helm releases. Without it, a release is masked whole. */
  codecs?: Codecs
}

export type Masker = {
  /** Returns the bytes that can be sent now, possibly none. Throws CannotMask, and after that throws on every call. */
  push(chunk: Buffer): Buffer
  /** Returns the rest. Throws CannotMask if the body is truncated. */
  end(): Buffer
}

export type TextMasker = Masker & {
  /** The same as `push`, in pieces that are not copied together. */
  pushPieces(chunk: Buffer): readonly Buffer[]
  /** For terminals: returns the held-back bytes that may be shown after a pause of about 10 ms (up to 3 bytes, never more of a value). */
  idle(): Buffer
}
