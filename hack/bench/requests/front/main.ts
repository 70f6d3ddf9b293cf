/**
 * Stands in for kube-apiserver towards an apiserver and `kubectl certify`: answers reviews, publishes the front proxy's CA, and passes requests for
 * `jit.access` on as the aggregation layer does. A real one would measure etcd and its audit log too. Started by benchmark-files.ts; exits when its standard
 * input closes. The token of a caller is its name and the port of its apiserver: `approver-ann@8443`.
 */
import { readFileSync } from 'node:fs'
import { Agent, createServer, request as send } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { groupsOf, isAllowed } from '../benchmark-callers.ts'

const { values } = parseArgs({ options: { dir: { type: 'string' } } })
const dir = values.dir ?? ''
const read = (name: string): string => readFileSync(join(dir, name), 'utf8')

const CONFIG_MAP = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system', resourceVersion: '1' },
  data: {
    'client-ca-file': read('client-ca.crt'),
    'requestheader-client-ca-file': read('proxy-ca.crt'),
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  },
}

/** Keeps connections, as the aggregation layer does. */
const agent = new Agent({ keepAlive: true, ca: read('serving-ca.crt'), cert: read('proxy.crt'), key: read('proxy.key'), servername: 'localhost' })

async function bodyOf(request: IncomingMessage): Promise<{ readonly [field: string]: unknown }> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly [field: string]: unknown })
}

const tokenOf = ({ headers }: IncomingMessage): readonly string[] => (headers.authorization ?? '').replace(/^Bearer /, '').split('@')
const callerOf = (request: IncomingMessage): string => tokenOf(request)[0] ?? ''
const groupsWith = (user: string): string[] => [...groupsOf(user), 'system:authenticated']

type Review = { readonly user?: string; readonly resourceAttributes?: { readonly verb?: string } }

async function review(request: IncomingMessage, kind: string): Promise<object> {
  const body = await bodyOf(request)
  const spec = (body['spec'] ?? {}) as Review
  if (kind === 'selfsubjectreviews') return { ...body, status: { userInfo: { username: callerOf(request), groups: groupsWith(callerOf(request)) } } }
  const user = kind === 'selfsubjectaccessreviews' ? callerOf(request) : (spec.user ?? '')
  return { ...body, status: { allowed: isAllowed(user, spec.resourceAttributes?.verb ?? '') } }
}

/** Passes a request on under the name of its caller. */
function aggregate(request: IncomingMessage, response: ServerResponse): void {
  const [user = '', port] = tokenOf(request)
  const { authorization: _, host: __, ...headers } = request.headers
  const passed = send(
    {
      host: '127.0.0.1',
      port,
      path: request.url,
      method: request.method,
      headers: { ...headers, 'x-remote-user': user, 'x-remote-group': groupsOf(user) },
      agent,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    },
  )
  passed.on('error', () => response.destroy())
  request.pipe(passed)
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  const answer = (value: object, code = 200): void =>
    void response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)
  if (path.startsWith('/apis/jit.access/')) return aggregate(request, response)
  const kind = /^\/apis\/auth(?:entication|orization)\.k8s\.io\/v1\/(\w+)$/.exec(path)?.[1]
  if (kind !== undefined) return answer(await review(request, kind), 201)
  if (!path.startsWith('/api/v1/namespaces/kube-system/configmaps'))
    return answer({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound' }, 404)
  if (!path.includes('watch=true'))
    return answer({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [CONFIG_MAP] })
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
  const mark = { type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '1' } } }
  const timer = setInterval(() => response.write(`${JSON.stringify(mark)}\n`), 10_000)
  response.once('close', () => clearInterval(timer))
}

const server = createServer({ cert: read('serving.crt'), key: read('serving.key') }, (request, response) => {
  serve(request, response).catch(() => response.destroy())
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  const bound = server.address()
  process.stdout.write(`https://localhost:${typeof bound === 'object' && bound !== null ? bound.port : 0}\n`)
})
process.stdin.resume().on('end', () => process.exit(0))
