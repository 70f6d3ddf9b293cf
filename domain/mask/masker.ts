/**
 * Masking: bytes in, masked bytes out. The whole public surface of domain/mask:
 *
 * READING (answers of kube-apiserver, logs, exec output)
 *   createKnownValues(values, {common?})     known-values.ts   immutable matcher over all live Secret values; build anew, swap whole
 *   createPlaceholders({key, session})       placeholders.ts   what stands in a Secret for each value
 *   createMasker(kind, options)              masker.ts         push(chunk) -> Buffer, end() -> Buffer; throws CannotMask
 *   createShortTextMasker(known)                  word-masker.ts    (text) -> text, for short texts at hand: names, paths, a sentence
 *   maskSecretStatus(body, route)            secret-status.ts  error bodies (status >= 400) of secrets routes, whole body in and out
 *   CannotMask                               cannot-mask.ts    withhold: 502 without body, or cut the stream
 *
 * WRITING (what an agent sends)
 *   restorePlaceholders(write, {placeholders, lookup, parseYaml?})   write-back.ts   unchanged | restored | refused, for *every* write on every route
 *   chosenKeys(write)                                                chosen-keys.ts  what the masker of the answer must be told
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
import { createJsonMasker } from './json/json-masker.ts'
import type { FilterOptions, Masker, MaskerOptions, MaskKind, TextMasker } from './masker-options.ts'
import { createTextMasker } from './text/text-masker.ts'

export type { Masker, MaskerOptions, MaskKind, TextMasker } from './masker-options.ts'

export function createMasker(kind: 'text', options: FilterOptions): TextMasker
export function createMasker(kind: MaskKind, options: MaskerOptions): Masker
export function createMasker(kind: MaskKind, options: MaskerOptions | FilterOptions): Masker {
  return kind === 'text' ? createTextMasker(options) : createJsonMasker(kind, options as MaskerOptions)
}
