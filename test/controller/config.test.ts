import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readControllerConfig } from '../../controller/config.ts'
import { ConfigError } from '../../server/config.ts'

let dir: string
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'jit-controller-config-'))))
afterAll(() => rm(dir, { recursive: true }))

async function read(adminURL: string): Promise<unknown> {
  const file = join(dir, 'config.yaml')
  const lease = { namespace: 'jit-system', name: 'jit-access-controller' }
  await writeFile(file, stringify({ admin: { address: '127.0.0.1', port: 0 }, lease, configuration: 'jit-access', gateway: { adminURL } }))
  return readControllerConfig(file)
}

describe('the URL of the gateway', () => {
  it('is read', async () =>
    expect(await read('http://jit-gateway-admin:8080')).toMatchObject({ gateway: { adminURL: 'http://jit-gateway-admin:8080' } }))

  it.each(['http://user:hunter2@jit-gateway-admin', 'http://hunter2@jit-gateway-admin', 'http://', 'http://[hunter2', 'ftp://hunter2'])(
    '%s is refused without being repeated',
    async (url) => {
      const failure: unknown = await read(url).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(ConfigError)
      expect(String(failure)).toContain('.gateway.adminURL')
      expect(String(failure)).not.toContain('hunter2')
    },
  )
})
