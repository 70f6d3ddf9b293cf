import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { createAuthority } from '../../../../hack/cluster/certificate-authority.ts'
import { createMetadataSource } from '../../../../login/saml/metadata/fetch-metadata.ts'
import type { SamlConfig } from '../../../../login/saml/config.ts'

/** What a server sends that compresses its answers. */
async function readFrom(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jit-metadata-'))
  const authority = await createAuthority('metadata-test')
  const pair = await authority.issue({ commonName: 'idp', usage: 'server', dns: ['localhost'], ips: [] })
  await writeFile(join(dir, 'ca.crt'), authority.cert)
  const server = createServer(pair, (_request, response) => void response.setHeader('content-encoding', 'gzip').end(gzipSync(text)))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const metadata = { url: `https://localhost:${(server.address() as AddressInfo).port}/metadata`, caFile: join(dir, 'ca.crt') }
  const source = await createMetadataSource({ identityProvider: { metadata } } as unknown as SamlConfig)
  try {
    return await source.read()
  } finally {
    await source.close()
    server.closeAllConnections()
    server.close()
    await rm(dir, { recursive: true })
  }
}

it('metadata may be compressed, unless they become long', async () => {
  expect(await readFrom('<EntityDescriptor/>')).toBe('<EntityDescriptor/>')
  await expect(readFrom(' '.repeat(16 * 1024 * 1024))).rejects.toThrow()
})
