/** What a masker is told and what it does; see masker.ts for the whole surface. */
import type { Chosen } from './restore/chosen-keys.ts'
import type { Codecs } from './secret/codecs.ts'
import type { KnownValues, ValueSource } from './match/known-values.ts'
import type { Placeholders } from './secret/placeholders.ts'

export type MaskKind = 'secret' | 'secret-watch' | 'token-request' | 'json' | 'json-watch' | 'text'

/** Keys of one Secret that a live grant shows. No keys shows nothing: name them. */
export type Reveal = { namespace: string; secret: string; keys: readonly string[] }

export type MaskerOptions = {
  known: KnownValues
  placeholders: Placeholders
  /** Absent: nothing is shown. */
  reveal?: readonly Reveal[]
  /** Namespace and name of the route, where it has them; an object's own metadata must agree with them. */
  namespace?: string
  name?: string
  /** The answer to a write (dry runs too): placeholders then tell nothing about the value, so that a write cannot test a guess. */
  echo?: boolean
  /** Keys whose value that write chose (chosenKeys); the placeholders of others are as a read shows them. Absent: all. */
  chosen?: Chosen
  /** Paths of fields that a policy hides on this route, for JSON of other kinds than Secrets (field-path.ts). Absent: none. */
  fields?: readonly string[]
  /** Whether well-known tokens are masked where they show (token-table.ts). Absent: they are. Those inside compressed text always. */
  tokens?: boolean
  /** Needed to look into Helm releases. Absent: a release is masked whole. */
  codecs?: Codecs
  /**
   * What stands where a known value was found: `bytes` is the text that was found, `sources` every key that holds the value. Inside a
   * JSON string what it gives is escaped by the masker. Absent: `[jit.access/masked]`.
   */
  replace?: (found: { sources: readonly ValueSource[]; bytes: Buffer }) => Buffer
}

export type Masker = {
  /** The bytes that may leave now; possibly none. Throws CannotMask, and then for good. */
  push(chunk: Buffer): Buffer
  /** The rest. Throws CannotMask when the body is truncated. */
  end(): Buffer
}

export type TextMasker = Masker & {
  /** For terminals: what a pause of some 10 ms may release of the bytes held back (up to 3, never more of a value). */
  idle(): Buffer
}
