import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { watchApiServers } from '../../kube/api-servers.ts'
import { createKubeClient } from '../../kube/client.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const apiService = (name: string, service?: object | null) => ({
  metadata: { name, resourceVersion: '1' },
  spec: service === undefined ? {} : { service },
})

/** The APIServices of a cluster, or the status code with which it refuses to list them. */
async function watching(listed: readonly object[] | number) {
  const server = createServer((request, response) => {
    if (typeof listed === 'number') return void response.writeHead(listed).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    if (request.url?.includes('watch=true') === true) return response.flushHeaders()
    response.end(JSON.stringify({ metadata: { resourceVersion: '10' }, items: listed }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = createKubeClient({ server: new URL(`http://127.0.0.1:${port}`), ca: '', credential: { kind: 'token', token: async () => 'none' } })
  const troubles: unknown[] = []
  const servers = watchApiServers({ client, clock: { nowMs: () => Date.now() }, onError: (error) => troubles.push(error) })
  servers.start()
  ends.push(
    () => servers.stop(),
    () => (server.closeAllConnections(), server.close()),
  )
  return { kindOf: (apiGroup: string, apiVersion = 'v1') => servers.serverOf({ apiGroup, apiVersion }).kind, servers, troubles }
}

test('finds kube-apiserver for an APIService without a Service, the Service if it has one, and unknown without an APIService', async () => {
  const { kindOf, servers } = await watching([
    apiService('v1.'),
    apiService('v1.apps', null),
    apiService('v1.widgets.example.com'),
    apiService('v1beta1.metrics.k8s.io', { namespace: 'kube-system', name: 'metrics-server' }),
  ])
  await expect.poll(() => kindOf('widgets.example.com')).toBe('kube-apiserver')
  expect([kindOf(''), kindOf('apps')]).toEqual(['kube-apiserver', 'kube-apiserver'])
  expect(servers.serverOf({ apiGroup: 'metrics.k8s.io', apiVersion: 'v1beta1' })).toEqual({ kind: 'service', service: 'kube-system/metrics-server' })
  // Each version can have a different server.
  expect([kindOf('metrics.k8s.io', 'v1'), kindOf('widgets.example.com', 'v2'), kindOf('made-a-moment-ago.example.com')]).toEqual([
    'unknown',
    'unknown',
    'unknown',
  ])
})

test('distinguishes unreadable APIServices from a missing APIService', async () => {
  const { kindOf, troubles } = await watching(403)
  await expect.poll(() => troubles.length).toBeGreaterThan(0)
  expect([kindOf(''), kindOf('widgets.example.com')]).toEqual(['unread', 'unread'])
})
