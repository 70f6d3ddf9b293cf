import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createProvider } from '../../../server/oidc/provider-client.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'

const ISSUER = 'https://login.example.com'
let dir: string
let server: Server
let connectTo: string
const hosts: (string | undefined)[] = []
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-console-provider-'))
  const authority = await createAuthority('console-provider-test')
  await writeFile(join(dir, 'ca.crt'), authority.cert)
  const pair = await authority.issue({ commonName: 'login', usage: 'server', dns: ['login.example.com'], ips: [] })
  server = createServer(pair, (request, response) => {
    hosts.push(request.headers.host)
    response.setHeader('content-type', 'application/json')
    const [, path = ''] = /^(.*)\/[.]well-known/.exec(request.url ?? '') ?? []
    const document = JSON.stringify({ issuer: `https://${request.headers.host ?? ''}${path}`, authorization_endpoint: `${ISSUER}/auth` })
    if (path === '') return void response.end(document)
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync(document + ' '.repeat(path === '/long' ? 16 * 1024 * 1024 : 0)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  connectTo = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true })
})

async function issuerFrom(issuer: string): Promise<string> {
  const config = { issuer, clientID: 'console', usernamePrefix: 'oidc:', groupsPrefix: 'oidc:', caFile: join(dir, 'ca.crt'), connectTo }
  const provider = await createProvider(config, { nowMs: () => 0 })
  try {
    return (await provider.current()).serverMetadata().issuer
  } finally {
    await provider.close()
  }
}

it('is reached at another address, under its own name', async () => {
  expect(await issuerFrom(ISSUER)).toBe(ISSUER)
  expect(hosts).toEqual(['login.example.com'])
})
it('is not accepted at another address with a certificate for another name', async () => {
  await expect(issuerFrom('https://other.example.com')).rejects.toThrow('cannot be reached')
  expect(hosts).toHaveLength(1)
})
it('may compress what it says, unless that becomes long', async () => {
  expect(await issuerFrom(`${ISSUER}/short`)).toBe(`${ISSUER}/short`)
  await expect(issuerFrom(`${ISSUER}/long`)).rejects.toThrow('cannot be reached')
})
