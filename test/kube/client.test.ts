import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { createKubeClient } from '../../kube/client.ts'

it('reports a credential that cannot be read as such, and makes no call', async () => {
  let asked = 0
  const token = (): Promise<string> => {
    asked += 1
    return Promise.reject(new Error('ENOENT: /var/run/token'))
  }
  const client = createKubeClient({ server: new URL('http://127.0.0.1:1'), ca: '', credential: { kind: 'token', token } })
  const failure = client.json({ method: 'GET', path: '/version' })
  await expect(failure).rejects.toMatchObject({ code: 503, message: 'the credential for the Kubernetes API server cannot be read' })
  expect(asked).toBe(1)
  await client.close()
})

it('reports a server that cannot be reached', async () => {
  const credential = { kind: 'token', token: () => Promise.resolve('t') } as const
  const client = createKubeClient({ server: new URL('http://127.0.0.1:1'), ca: '', credential })
  await expect(client.json({ method: 'GET', path: '/version' })).rejects.toMatchObject({
    code: 502,
    message: expect.stringContaining('cannot be reached'),
  })
  await client.close()
})
it('does not repeat a response that is not JSON in its error, since it can hold a Secret', async () => {
  const server = createServer((_, response) => void response.end('{"data":{"password":secret-text'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = createKubeClient({
    server: new URL(`http://127.0.0.1:${port}`),
    ca: '',
    credential: { kind: 'token', token: () => Promise.resolve('t') },
  })
  const failure: unknown = await client.json({ method: 'GET', path: '/api/v1/secrets' }).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 502, message: expect.stringContaining('did not return JSON') })
  expect(inspect(failure)).not.toContain('secret-text')
  await client.close()
  server.close()
})
