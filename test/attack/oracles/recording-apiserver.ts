import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'

/**
 * Oracle O3: an API server that records the raw bytes that reach it. It supports just what a gateway needs to start (lists, watches,
 * claims); everything else is a request of an agent, answered as the test says.
 */
export type Reached = { readonly line: string; readonly head: string; readonly values: (name: string) => readonly string[] }
type Reply = (request: IncomingMessage, response: ServerResponse) => void

export type RecordingApiserver = {
  readonly port: number
  readonly grants: AccessGrant[]
  /** Every impersonated request, except the gateway's own check whether it may impersonate. */
  acted(): readonly Reached[]
  reply: Reply
  /** Called before a claim is answered. */
  claimed: (auditID: string) => void
  close(): void
}

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** The request heads in the bytes of all connections. Bodies of these tests never hold an empty line followed by a method. */
function headsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<=^|\r\n\r\n|\})(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT) [^\r\n]+\r\n[^]*?(?=\r\n\r\n)/g)].map(
    ([head]) => head,
  )
}

function reachedOf(head: string): Reached {
  const lines = head.split('\r\n')
  const values = (name: string): readonly string[] =>
    lines.slice(1).flatMap((line) => (line.toLowerCase().startsWith(`${name.toLowerCase()}:`) ? [line.slice(name.length + 1).trim()] : []))
  return { line: lines[0] ?? '', head, values }
}

const watch = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const say = (): void => void response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '1' } } })}\n`)
  say()
  const timer = setInterval(say, 1000)
  response.on('close', () => clearInterval(timer))
}

export async function startRecordingApiserver(): Promise<RecordingApiserver> {
  const grants: AccessGrant[] = []
  const policy = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessPolicy',
    metadata: { name: 'agents', resourceVersion: '1' },
    spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }] },
  }
  const claims = new Map<string, Set<string>>()
  const streams: Buffer[][] = []
  let server: RecordingApiserver

  const lists: { readonly [path: string]: () => readonly object[] } = {
    '/apis/jit.access/v1/accesspolicies': () => [policy],
    '/apis/jit.access/v1/accessgrants': () => grants.map(spentOf),
    '/apis/jit.access/v1/accesssuspensions': () => [],
    '/apis/jit.access/v1/accessrequests': () => [],
    '/api/v1/secrets': () => [],
  }
  const spentOf = (grant: AccessGrant): object => {
    const uses = claims.get(grant.metadata.name)?.size ?? 0
    return { ...grant, metadata: { ...grant.metadata, resourceVersion: String(uses + 1) }, status: { uses } }
  }
  const claim = (name: string, body: string, response: ServerResponse): void => {
    const { spec } = JSON.parse(body) as { readonly spec: { readonly auditID: string } }
    const taken = claims.get(name) ?? new Set()
    const most = grants.find(({ metadata }) => metadata.name === name)?.spec.maxUses ?? 0
    if (!taken.has(spec.auditID) && taken.size >= most)
      return json(response, 409, { kind: 'Status', status: 'Failure', reason: 'Conflict', code: 409 })
    claims.set(name, taken.add(spec.auditID))
    server.claimed(spec.auditID)
    json(response, 200, {})
  }
  const http = createHttp((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
      const own = request.headers['impersonate-user'] === undefined
      const claimed = /accessgrants\/([^/]+)\/claim$/.exec(pathname)?.[1]
      if (own && claimed !== undefined) return claim(claimed, Buffer.concat(chunks).toString(), response)
      const list = own ? lists[pathname] : undefined
      if (list === undefined) return server.reply(request, response)
      if (searchParams.get('watch') === 'true') return watch(response)
      json(response, 200, { kind: 'List', metadata: { resourceVersion: '1' }, items: list() })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  // Records before parsing, so that raw bytes are judged and not the parser's view of them.
  const tap = createServer((client) => {
    const bytes: Buffer[] = []
    streams.push(bytes)
    const inner = connect((http.address() as AddressInfo).port, '127.0.0.1')
    client.on('data', (chunk: Buffer) => bytes.push(chunk))
    client.pipe(inner).pipe(client)
    for (const [one, other] of [
      [client, inner],
      [inner, client],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve))

  server = {
    port: (tap.address() as AddressInfo).port,
    grants,
    acted: () =>
      streams
        .flatMap((bytes) => headsIn(Buffer.concat(bytes).toString('latin1')).map(reachedOf))
        .filter(({ values }) => values('impersonate-extra-jit.access%2Fuser').some((user) => user !== 'jit.access:probe')),
    reply: (_, response) => json(response, 200, {}),
    claimed: () => {},
    close: () => {
      tap.close()
      http.closeAllConnections()
      http.close()
    },
  }
  return server
}
