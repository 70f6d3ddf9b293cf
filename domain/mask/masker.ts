/**
 * Masking of what an agent reads: bytes in, masked bytes out. This file is the entry for reads, and restore.ts the one for writes. Two smaller
 * entries spare a program the rest: hide-tokens.ts for servers that know no values, and guessable.ts for reports to admins. Code outside of domain/mask
 * imports only these four (.dependency-cruiser.cjs).
 *
 *   createKnownValues(values)                matcher over all live Secret values; it changes in place as values are learned
 *   createPlaceholders({key, session})       placeholders for the values of Secrets
 *   createMasker(kind, options)              push(chunk) -> Buffer, end() -> Buffer; throws CannotMask
 *   createShortTextMasker(options)           (text) -> text, for short complete texts: names, paths, a sentence
 *   maskSecretStatus(body, route)            error bodies (status >= 400) of Secrets routes, whole body in and out
 *   repeatedTexts(request)                   what a response may repeat of its request
 *   valuesIn(known, texts)                   values that a request itself contains, for the option `said`
 *   unsaidWeakValues(weak, {texts})          weak values that a request does not contain, for the option `weak`
 *   releasedIn(namespace, placeholders)      placeholders inside Helm releases
 *   CannotMask                               withhold: respond 502 without a body, or cut the stream
 *
 * The kind for each route (chosen from the parsed route and the content type of the response, never from a `kind` in a body):
 *   secret        secrets: get, list, Table, PartialObjectMetadata(List), write echo, dry run, delete, deletecollection
 *   secret-watch  secrets: watch, WatchList (frames `{"type","object"}`)
 *   token-request serviceaccounts/token
 *   json          any other application/json response     json-watch    any other JSON watch
 *   text          logs, exec, attach, proxied text, error text that is not JSON: one masker for each channel (stdout and stderr are two)
 *
 * What the gateway must also do: request `Accept: application/json` from upstream (Table and PartialObjectMetadata forms with
 * `application/json;as=…` stay) and `Accept-Encoding: identity`, and withhold a response of another type or encoding. A client that
 * accepts only application/yaml gets the masked JSON as `Content-Type: application/yaml`: every JSON document is a YAML document. Returned
 * buffers may share memory with the pushed chunk: write them out before the chunk is reused.
 */
import { createJsonMasker } from './json/json-masker.ts'
import type { FilterOptions, Masker, MaskerOptions, MaskKind, TextMasker } from './masker-options.ts'
import { createTextMasker } from './text/text-masker.ts'

export { CannotMask } from './cannot-mask.ts'
export type { Masker, MaskerOptions, MaskKind, TextMasker } from './masker-options.ts'
export { createKnownValues, KnownValues, type Learned, type SecretValue, type ValueSource } from './match/known-values.ts'
export { noWeakValues, unsaidWeakValues } from './match/unsaid-weak-values.ts'
export { type Said, valuesIn } from './match/values-in.ts'
export type { Codecs } from './secret/codecs.ts'
export { releasedIn } from './secret/helm-release.ts'
export { MASK_TEXT } from './secret/mask-text.ts'
export { createPlaceholders, type Placeholders } from './secret/placeholders.ts'
export { maskSecretStatus } from './secret/secret-status.ts'
export { repeatedTexts } from './text/repeated-texts.ts'
export { createShortTextMasker } from './text/short-text-masker.ts'

export function createMasker(kind: 'text', options: FilterOptions): TextMasker
export function createMasker(kind: MaskKind, options: MaskerOptions): Masker
export function createMasker(kind: MaskKind, options: MaskerOptions | FilterOptions): Masker {
  return kind === 'text' ? createTextMasker(options) : createJsonMasker(kind, options as MaskerOptions)
}
