import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { fetchServiceAccountKeys } from '../../../kube/authentication/service-account-keys.ts'
import { createKubeClient, type KubeClient } from '../../../kube/client.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function clientOf(code: number, body: string): Promise<{ readonly client: KubeClient; readonly asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.accept}`)
    response.writeHead(code, { 'content-type': 'application/jwk-set+json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => (server.closeAllConnections(), server.close()))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return { client: createKubeClient({ server: url, ca: '', credential: { kind: 'token', token: () => Promise.resolve('none') } }), asked }
}

it('reads the JWKS of the cluster in the media type that kube-apiserver serves', async () => {
  const { client, asked } = await clientOf(200, '{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}')
  expect(await fetchServiceAccountKeys(client)).toEqual({ keys: [{ kty: 'RSA', kid: 'a', n: 'AQAB', e: 'AQAB' }] })
  expect(asked).toEqual(['GET /openid/v1/jwks application/jwk-set+json, application/json'])
})

it.each([
  [404, '{"kind":"Status","apiVersion":"v1","code":404,"reason":"NotFound","message":"not found"}', 404],
  [503, 'away', 503],
  [200, 'not JSON', 502],
])('throws a StatusError for the answer %i %s', async (code, body, expected) => {
  const { client } = await clientOf(code, body)
  await expect(fetchServiceAccountKeys(client)).rejects.toMatchObject({ code: expected })
})
