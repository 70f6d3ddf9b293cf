/**
 * Masking: bytes in, masked bytes out. The whole public surface of domain/mask:
 *
 * READING (responses of kube-apiserver, logs, exec output)
 *   createKnownValues(values)                match/known-values.ts       all live Secret values; changes in place as values are learned
 *   createPlaceholders({key, session})       secret/placeholders.ts      placeholders for the values of Secrets
 *   createMasker(kind, options)              this file                   push(chunk) -> Buffer, end() -> Buffer; throws CannotMask
 *   createShortTextMasker(options)           text/short-text-masker.ts   (text) -> text, for short complete texts: names, paths, a sentence
 *   maskSecretStatus(body, route)            secret/secret-status.ts     error bodies (status >= 400) of Secrets routes, whole body in and out
 *   CannotMask                               cannot-mask.ts              withhold: respond 502 without a body, or cut the stream
 *
 * WRITING (what an agent sends)
 *   restorePlaceholders(write, ports)        restore/write-back.ts       unchanged | restored | refused, for *every* write on every route
 *   chosenKeys(write)                        restore/chosen-keys.ts      keys whose value the write chose, for the masker of the response
 *   refuseOracle(read)                       restore/oracles.ts          field selectors and JSON Patch tests that read a Secret
 *
 * json/ walks objects, text/ masks streams of text, positions/ says which strings of an object are never changed, tokens/ and credentials/
 * find what looks like a secret without being known.
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

export type { Masker, MaskerOptions, MaskKind, TextMasker } from './masker-options.ts'

export function createMasker(kind: 'text', options: FilterOptions): TextMasker
export function createMasker(kind: MaskKind, options: MaskerOptions): Masker
export function createMasker(kind: MaskKind, options: MaskerOptions | FilterOptions): Masker {
  return kind === 'text' ? createTextMasker(options) : createJsonMasker(kind, options as MaskerOptions)
}
