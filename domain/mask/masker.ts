/**
 * Masking: bytes in, masked bytes out. The whole public surface of domain/mask:
 *
 * READING (answers of kube-apiserver, logs, exec output)
 *   createKnownValues(values, {common?})     known-values.ts   immutable matcher over all live Secret values; build anew, swap whole
 *   createPlaceholders({key, session})       placeholders.ts   what stands in a Secret for each value
 *   createMasker(kind, options)              masker.ts         push(chunk) -> Buffer, end() -> Buffer; throws CannotMask
 *   maskSecretStatus(body, route)            secret-status.ts  error bodies (status >= 400) of secrets routes, whole body in and out
 *   CannotMask                               cannot-mask.ts    withhold: 502 without body, or cut the stream
 *
 * WRITING (what an agent sends)
 *   restorePlaceholders(write, {placeholders, lookup, parseYaml?})   write-back.ts   unchanged | restored | refused, for *every* write on every route
 *   refuseOracle(read)                                               oracles.ts      field selectors and JSON Patch tests that read a Secret
 *
 * Which kind for which route (decided from the parsed route and the answer's content type, never from a `kind` in a body):
 *   secret        secrets: get, list, Table, PartialObjectMetadata(List), write echo, dry run, delete, deletecollection
 *   secret-watch  secrets: watch, WatchList (frames `{"type","object"}`)
 *   token-request serviceaccounts/token
 *   json          any other application/json answer       json-watch    any other JSON watch
 *   text          logs, exec, attach, proxy texts, error texts that are no JSON: one masker a channel (stdout and stderr are two)
 *
 * What the gateway must do beside it: ask upstream for `Accept: application/json` (Table and PartialObjectMetadata forms with
 * `application/json;as=…` stay) and `Accept-Encoding: identity`, and withhold an answer of another type or encoding. A client that
 * wants only application/yaml gets the masked JSON under `Content-Type: application/yaml`: every JSON document is a YAML document.
 * Returned buffers may share memory with the pushed chunk: write them out before the chunk is reused.
 */
import type { Codecs } from './helm-release.ts'
import type { KnownValues } from './known-values.ts'
import type { Placeholders } from './placeholders.ts'
import { createJsonMasker } from './json-masker.ts'
import { createTextMasker } from './text-masker.ts'

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
  /** Keys that restorePlaceholders put back in that write: their placeholders stay as a read shows them. */
  restored?: readonly string[]
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

export function createMasker(kind: 'text', options: Pick<MaskerOptions, 'known'>): TextMasker
export function createMasker(kind: MaskKind, options: MaskerOptions): Masker
export function createMasker(kind: MaskKind, options: MaskerOptions | Pick<MaskerOptions, 'known'>): Masker {
  return kind === 'text' ? createTextMasker(options.known) : createJsonMasker(kind, options as MaskerOptions)
}
