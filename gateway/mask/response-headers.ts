import type { RequestInfo } from '../../domain/request-info.ts'
import type { Answer } from '../steps.ts'
import { isSecrets } from './mask-kind.ts'

/** Caching headers, for discovery and OpenAPI. Never on objects: an ETag would reveal whether two values differ. */
const STATIC = ['etag', 'last-modified', 'cache-control', 'vary'] as const
const PRINTABLE = /^[\x20-\x7e]{1,2048}$/

export type ResponseHeaders = { readonly [name: string]: string | string[] }

const lines = (value: string | string[] | undefined): readonly string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/** Warnings are withheld whole, since they may quote a value that is too short or too common to search for, or a field hidden by its path. */
const WITHHELD = '299 - "jit-access: kube-apiserver warned; what it said may quote a value that is hidden from you and is withheld"'

/** Masks upstream's warnings, since they may quote the request or the stored object. */
function warnings(answer: Pick<Answer, 'headers'>, { info, hidesFields, mask }: HeaderOptions): readonly string[] {
  const given = lines(answer.headers['warning'])
  if (isSecrets(info) || hidesFields) return given.length === 0 ? [] : [WITHHELD]
  return given
    .map(mask)
    .filter((line) => PRINTABLE.test(line))
    .slice(0, 64)
}

export type HeaderOptions = {
  readonly info: RequestInfo
  /** Whether a policy hides fields of objects on the route. */
  readonly hidesFields: boolean
  readonly auditID: string
  /** The content type. Optional. Defaults to the type from upstream. */
  readonly type?: string
  /** Warnings of the gateway. */
  readonly warnings: readonly string[]
  readonly mask: (text: string) => string
}

function* passedHeaders({ headers }: Pick<Answer, 'headers'>, { info, type }: HeaderOptions): Generator<readonly [name: string, value: string]> {
  yield ['content-type', type ?? lines(headers['content-type'])[0] ?? '']
  yield ['retry-after', lines(headers['retry-after'])[0] ?? '']
  if (info.isResourceRequest) yield ['cache-control', 'no-cache, private']
  else for (const name of STATIC) yield [name, lines(headers[name])[0] ?? '']
}

/** The response headers for the client. Content-Length is omitted, since masking changes it. */
export function responseHeaders(answer: Pick<Answer, 'headers'>, options: HeaderOptions): ResponseHeaders {
  const passed: { [name: string]: string | string[] } = { 'audit-id': options.auditID }
  for (const [name, value] of passedHeaders(answer, options)) if (PRINTABLE.test(value)) passed[name] = value
  const told = [...options.warnings, ...warnings(answer, options)]
  if (told.length > 0) passed['warning'] = told
  return passed
}
