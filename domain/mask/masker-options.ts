/** What a masker is told and what it does; see masker.ts for the whole surface. */
import type { Chosen } from './restore/chosen-keys.ts'
import type { Codecs } from './secret/codecs.ts'
import type { KnownValues } from './match/known-values.ts'
import type { StrongValue, ValueSource } from './match/pattern.ts'
import type { Placeholders } from './secret/placeholders.ts'

export type MaskKind = 'secret' | 'secret-watch' | 'token-request' | 'json' | 'json-watch' | 'text'

/** Keys of one Secret that a live grant shows. No keys shows nothing: name them. */
export type Reveal = { namespace: string; secret: string; keys: readonly string[] }

/** What is hidden in any text by its value or form, and what stands there instead. */
export type FilterOptions = {
  known: KnownValues
  /** Whether well-known tokens are masked where they show (token-table.ts). Absent: they are. Those inside compressed text always. */
  tokens?: boolean
  /** Values that the request itself said (values-in.ts): whoever asks knows them, and a mask would answer a guess. Absent: none. */
  said?: ReadonlySet<StrongValue>
  /** A value all of whose sources are exempt is not hidden. Absent: none is. */
  exempt?: (source: ValueSource) => boolean
  /** What stands where a known value was found. Absent: `[jit.access/masked]`. Well-known tokens are not asked about. */
  replace?: (found: { readonly sources: readonly ValueSource[]; readonly bytes: Buffer }) => Buffer
  /** A mask has the length of what it hides, so that offsets in a stream of bytes stay. Absent: it has not. `replace` is then not asked. */
  sameLength?: boolean
  /** The text is the inside of JSON strings, so what `replace` gives is escaped. The JSON masker sets it. */
  inJson?: boolean
}

export type MaskerOptions = FilterOptions & {
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
  /** Needed to look into Helm releases. Absent: a release is masked whole. */
  codecs?: Codecs
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
