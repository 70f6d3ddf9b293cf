import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readConsoleConfig } from '../../console/config.ts'
import { ConfigError } from '../../server/config.ts'

let dir: string
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'jit-console-config-'))))
afterAll(() => rm(dir, { recursive: true }))

const SIGN_IN = { issuer: 'https://idp.test', clientID: 'console', usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
async function read(change: object): Promise<unknown> {
  const file = join(dir, 'config.yaml')
  const port = { address: '127.0.0.1', port: 0 }
  const config = {
    listen: port,
    admin: port,
    tls: { certFile: 'a', keyFile: 'b' },
    url: 'https://console.test',
    signIn: SIGN_IN,
    sessions: { keysFile: 'k' },
  }
  await writeFile(file, stringify({ ...config, ...change }))
  return await readConsoleConfig(file)
}

it('is read', async () => expect(await read({})).toMatchObject({ url: 'https://console.test' }))
it.each([
  ['a URL without TLS', { url: 'http://console.test' }],
  ['a URL with a path', { url: 'https://console.test/jit' }],
  ['a URL with a user', { url: 'https://a@console.test' }],
  ['an issuer without TLS', { signIn: { ...SIGN_IN, issuer: 'http://idp.test' } }],
  ['no prefix', { signIn: { ...SIGN_IN, usernamePrefix: '' } }],
  ['a prefix of Kubernetes', { signIn: { ...SIGN_IN, groupsPrefix: 'system:' } }],
  ['a prefix of jit-access', { signIn: { ...SIGN_IN, usernamePrefix: 'jit.access:' } }],
  ['a symmetric algorithm', { signIn: { ...SIGN_IN, algorithms: ['HS256'] } }],
  ['endless sessions', { sessions: { keysFile: 'k', lifetimeSeconds: 864_000 } }],
  ['an address without a port', { signIn: { ...SIGN_IN, connectTo: 'idp.internal' } }],
  ['an address with a port that is none', { signIn: { ...SIGN_IN, connectTo: 'idp.internal:99999' } }],
  ['an unknown field', { signIn: { ...SIGN_IN, clientSecret: 'x' } }],
])('%s is refused', async (_title, change) => expect(await read(change).catch((error: unknown) => error)).toBeInstanceOf(ConfigError))
