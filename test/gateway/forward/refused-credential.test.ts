import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createUpstream } from '../../../gateway/forward/upstream.ts'
import type { Masking } from '../../../gateway/ports.ts'
import type { Announced } from '../../../gateway/steps.ts'
import { switchUpstream } from '../../../gateway/stream/switch-upstream.ts'
import { CALLER } from '../gateway-fixture.ts'

let server: Server
let upstream: ReturnType<typeof createUpstream>
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"kind":"Status","code":401}')
  })
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const credential = { kind: 'token', token: () => Promise.resolve('t') } as const
  upstream = createUpstream({ server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), ca: '', credential })
})
afterAll(async () => {
  await upstream.close()
  server.close()
})

const NEVER = new AbortController().signal
const ask = (target: string) => upstream.request({ method: 'GET', target, headers: [], signal: NEVER })

it.each(['/api/v1/pods', '/version', '/apis/metrics.k8s.io/v1beta1/nodes?a=/proxy/'])(
  'a 401 of kube-apiserver is not about the agent: %s',
  async (target) => {
    await expect(ask(target)).rejects.toMatchObject({ code: 503, reason: 'ServiceUnavailable' })
  },
)

it('a 401 of a proxied server is, and goes on to the agent', async () => {
  const answer = await ask('/api/v1/namespaces/shop/services/web:80/proxy/private')
  answer.body.resume()
  expect(answer.status).toBe(401)
})

it('nor is a 401 for an upgrade about the agent', async () => {
  const announced = {
    method: 'GET',
    path: '/api/v1/namespaces/shop/pods/web/exec',
    query: new URLSearchParams(),
    headers: new Map<string, string>(),
    permit: {},
    caller: CALLER,
    auditID: 'id',
    policies: [],
    gone: NEVER,
    ending: NEVER,
  } as unknown as Announced
  const masking = { agentText: (text: string) => text } as unknown as Masking
  const wanted = { stream: 'exec', transport: 'websocket', protocols: ['v5.channel.k8s.io'], key: 'key' } as const
  await expect(switchUpstream(announced, wanted, { upstream, masking })).rejects.toMatchObject({ code: 503, reason: 'ServiceUnavailable' })
})
