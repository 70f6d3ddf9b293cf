import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { createKubeClient, statusErrorOf } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'

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
it('reports a kubeconfig that cannot be parsed without its text, which holds credentials', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-kubeconfig-'))
  for (const text of ['users:\n- user:\n    token: secret-text: x\n', '- secret-text\n', 'secret-text']) {
    const file = join(dir, 'config')
    await writeFile(file, text)
    const failure: unknown = await clusterConfigFromKubeconfig(file).catch((error: unknown) => error)
    expect(inspect(failure)).toContain('it is not a YAML object')
    expect(inspect(failure)).not.toContain('secret-text')
  }
  await rm(dir, { recursive: true })
})
it.each(['null', '7', '"x"', '{}', 'no JSON'])('takes the failure %s for one without a Status', (text) => {
  expect(statusErrorOf(500, text)).toMatchObject({ reason: 'BadGateway', code: 500 })
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
