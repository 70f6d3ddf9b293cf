import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Identity } from '../../domain/identity.ts'
import type { ResourceAttributes } from '../../kube/subject-access-review.ts'
import type { Served } from '../apiserver/resources/served-api.ts'

export const TOKEN = 'token-of-the-console'

/** One call as kube-apiserver would see it: the identity that it impersonates. */
export type Seen = { readonly line: string; readonly as: Identity }

const decode = (value: string): string => Buffer.from(value, 'latin1').toString('utf8')

/** The identity in the impersonation headers, read as kube-apiserver does. Undefined without one. */
function impersonated({ rawHeaders }: IncomingMessage): Identity | undefined {
  const groups: string[] = []
  const extra: { [key: string]: string[] } = {}
  let username: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name, value] = [(rawHeaders[at] ?? '').toLowerCase(), decode(rawHeaders[at + 1] ?? '')]
    if (name === 'impersonate-user') username = value
    if (name === 'impersonate-group') groups.push(value)
    if (name.startsWith('impersonate-extra-')) {
      const key = decodeURIComponent(name.slice('impersonate-extra-'.length))
      extra[key] = [...(extra[key] ?? []), value]
    }
  }
  return username === undefined ? undefined : { username, uid: '', groups: [...groups, 'system:authenticated'], extra }
}

/** A header of the test holds ASCII alone. */
const asciiJson = (value: object): string =>
  JSON.stringify(value).replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/**
 * kube-apiserver in front of the real apiserver: it knows the console by its token, impersonates, answers access reviews by the rights of the test, and
 * passes the rest on. It does not check whether the console may impersonate.
 */
export async function clusterOf(api: Served): Promise<{ readonly url: string; readonly seen: Seen[]; close(): Promise<void> }> {
  const seen: Seen[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const send = (code: number, body: object): void => void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const as = impersonated(request)
    if (request.headers.authorization !== `Bearer ${TOKEN}` || as === undefined)
      return send(401, { kind: 'Status', message: 'nobody', reason: 'Unauthorized' })
    const path = request.url ?? ''
    seen.push({ line: `${request.method ?? ''} ${path}`, as })
    const body = await bodyOf(request)
    if (path.endsWith('/selfsubjectaccessreviews')) {
      const { spec } = JSON.parse(body.toString()) as { readonly spec: { readonly resourceAttributes: ResourceAttributes } }
      const { verb } = spec.resourceAttributes
      return send(201, { status: { allowed: !['view', 'certify'].includes(verb) || api.rights(as, spec.resourceAttributes) } })
    }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const passed = await fetch(api.url(path.replace('/apis/jit.access/v1/', '')), {
      method: request.method ?? 'GET',
      signal: gone.signal,
      headers: {
        'content-type': 'application/json',
        accept: request.headers.accept ?? 'application/json',
        connection: 'close',
        'x-caller': asciiJson(as),
      },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    })
    response.writeHead(passed.status, { 'content-type': 'application/json' })
    for await (const chunk of passed.body ?? []) response.write(chunk)
    response.end()
  }
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => void answer(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
