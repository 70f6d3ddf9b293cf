import type { IncomingMessage, ServerResponse } from 'node:http'
import { API_VERSION, GROUP } from '../../../domain/api/names.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { wantsAggregatedDiscovery } from '../http/accept.ts'
import { discovery, documentOf, type StaticDocument } from './discovery.ts'
import type { Kind } from '../kind.ts'
import { openApiV2, openApiV3 } from './openapi.ts'

/** Discovery and OpenAPI documents by path. They are built once and do not need the store. */
export type Documents = { readonly [path: string]: (request: IncomingMessage) => StaticDocument }

/** Requested only by a kubectl that connects directly to this port. The Kubernetes version stays empty, since only kube-apiserver has one. */
const VERSION_INFO = { major: '', minor: '', gitVersion: 'jit-access/v1', goVersion: '', platform: `${process.platform}/${process.arch}` }

export function documentsOf(kinds: readonly Kind[]): Documents {
  const found = discovery(kinds)
  const v2 = documentOf(openApiV2(kinds))
  const v3 = documentOf(openApiV3(kinds))
  const hash = v3.etag.replaceAll('"', '')
  const root = documentOf({ paths: { [`apis/${API_VERSION}`]: { serverRelativeURL: `/openapi/v3/apis/${API_VERSION}?hash=${hash}` } } })
  const version = documentOf(VERSION_INFO)
  return {
    '/api': () => found.legacy,
    '/apis': ({ headers }) => (wantsAggregatedDiscovery(headers.accept) ? found.aggregated : found.groups),
    [`/apis/${GROUP}`]: () => found.group,
    [`/apis/${API_VERSION}`]: () => found.resources,
    '/openapi/v2': () => v2,
    '/openapi/v3': () => root,
    [`/openapi/v3/apis/${API_VERSION}`]: () => v3,
    '/version': () => version,
  }
}

/** Cache lifetime of a document that is requested by its hash, and therefore never changes. */
const YEAR_MS = 31_536_000_000

function cachingOf({ etag }: StaticDocument, url: URL): { readonly [header: string]: string } {
  if (url.searchParams.get('hash') !== etag.replaceAll('"', '')) return { 'cache-control': 'public' }
  return { 'cache-control': 'public, immutable', expires: new Date(Date.now() + YEAR_MS).toUTCString() }
}

/** @throws StatusError NotAcceptable for clients that do not accept JSON */
export function sendDocument(
  request: IncomingMessage,
  response: ServerResponse,
  { page, url }: { readonly page: StaticDocument; readonly url: URL },
): void {
  const { accept } = request.headers
  if (accept !== undefined && !/(application\/(json|\*)|\*\/\*)/.test(accept))
    throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json')
  const headers = { etag: page.etag, vary: 'Accept', ...cachingOf(page, url) }
  if (request.headers['if-none-match'] === page.etag) return void response.writeHead(304, headers).end()
  response.writeHead(200, { ...headers, 'content-type': page.contentType }).end(page.body)
}
