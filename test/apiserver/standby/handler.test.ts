import { createServer, request as ask, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kindsOf } from '../../../apiserver/kinds.ts'
import { createHandler } from '../../../apiserver/machinery/http/handler.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import type { Store } from '../../../apiserver/storage/port.ts'
import { createStandbyHandler } from '../../../apiserver/standby/handler.ts'

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
const PATHS = [
  '/api',
  '/apis',
  '/apis/',
  '/apis/jit.access',
  '/apis/jit.access/v1',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/apis/jit.access/v1',
  '/version',
]
/** Without this header Node sends the body of a DELETE without a length, which corrupts the next request. */
const LENGTH = { 'content-length': '100000' }
const clock = { nowMs: () => Date.now() }

type Answer = { readonly code: number; readonly body: string; readonly headers: { readonly [name: string]: unknown } }

function call(
  server: Server,
  path: string,
  options: { readonly method?: string; readonly headers?: { readonly [name: string]: string }; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo
    const sent = ask({ host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body, headers: response.headers }))
    })
    sent.on('error', reject)
    sent.end(options.body)
  })
}

async function serve(handler: RequestListener): Promise<Server> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

describe('the standby', () => {
  let dir: string
  let store: Store
  let apiserver: Server
  let standby: Server
  const counted: { readonly resource: string; readonly code: number }[] = []

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jit-standby-'))
    store = openSqliteStore(join(dir, 'db'), clock.nowMs())
    const authorizer = { allowed: () => Promise.resolve(true) }
    apiserver = await serve(
      createHandler({
        store,
        clock,
        authorizer,
        admit: () => Promise.resolve(),
        ...kindsOf({ store, clock, authorizer }),
        authenticate: () => Promise.resolve({ username: 'aggregator', uid: '', groups: [], extra: {} }),
        stopping: () => new AbortController().signal,
        failed: () => undefined,
        served: () => undefined,
      }),
    )
    standby = await serve(createStandbyHandler({ clock, served: (labels) => void counted.push(labels) }))
  })
  afterAll(async () => {
    apiserver.close()
    standby.close()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  })

  it.each(PATHS)('answers GET %s with the same bytes as the apiserver', async (path) => {
    for (const accept of ['application/json', AGGREGATED, '*/*', 'application/vnd.kubernetes.protobuf']) {
      const [own, real] = await Promise.all([call(standby, path, { headers: { accept } }), call(apiserver, path, { headers: { accept } })])
      expect([own.code, own.body]).toEqual([real.code, real.body])
      for (const header of ['content-type', 'etag', 'vary', 'cache-control']) expect(own.headers[header]).toBe(real.headers[header])
    }
  })

  it('answers 304 if the client has the current document', async () => {
    const { headers } = await call(standby, '/openapi/v2')
    const again = await call(standby, '/openapi/v2', { headers: { 'if-none-match': String(headers['etag']) } })
    expect([again.code, again.body]).toEqual([304, ''])
  })

  it.each([
    ['GET', '/apis/jit.access/v1/accessrequests'],
    ['GET', '/apis/jit.access/v1/accessrequests?watch=true'],
    ['GET', '/apis/jit.access/v1/accessgrants/some'],
    ['POST', '/apis/jit.access/v1/accessrequests'],
    ['POST', '/apis/jit.access/v1/accessreviews'],
    ['PUT', '/apis/jit.access/v1/accessgrants/some/revocation'],
    ['DELETE', '/apis/jit.access/v1/accesspolicies/some'],
    ['POST', '/apis'],
    ['GET', '/healthz'],
    ['GET', '//apis'],
  ])('answers %s %s with a 503 that shows where to look', async (method, path) => {
    const { code, body, headers } = await call(standby, path, { method, ...(method === 'GET' ? {} : { body: 'x'.repeat(100_000), headers: LENGTH }) })
    expect([code, headers['retry-after'], headers['content-type']]).toEqual([503, '1', 'application/json'])
    const status = JSON.parse(body) as { readonly [field: string]: unknown }
    expect(status).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'ServiceUnavailable', code: 503, details: { retryAfterSeconds: 1 } })
    expect(status['message']).toContain('kubectl -n jit-system')
  })

  it('closes every connection after the response', async () => {
    for (const path of ['/apis', '/apis/jit.access/v1/accessrequests'])
      expect((await call(standby, path, { headers: { connection: 'keep-alive' } })).headers['connection']).toBe('close')
  })

  it('counts the requests it served', async () => {
    counted.length = 0
    await call(standby, '/apis')
    await call(standby, '/apis/jit.access/v1/accessgrants')
    expect(counted.map(({ resource, code }) => [resource, code])).toEqual([
      ['discovery', 200],
      ['other', 503],
    ])
  })

  it('keeps the audit ID of the caller', async () => {
    expect((await call(standby, '/apis', { headers: { 'audit-id': 'one-two' } })).headers['audit-id']).toBe('one-two')
  })
})
