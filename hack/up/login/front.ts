import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { readSigningKeys } from '../../../login/keys/signing-keys.ts'
import { createAuthority, type Pair } from '../../cluster/certificate-authority.ts'
import { close, listenOn } from '../../identity-provider/listen.ts'
import { startRelay, type Target } from '../pods/tcp-relay.ts'

/** The address of the Service jit-login in overlays/local: the local cluster has no DNS. */
export const LOGIN_SERVICE_IP = '10.0.0.15'

/** The address of login, and what it needs to start. */
export type LoginFront = {
  /** The issuer: `https://localhost:PORT`. */
  readonly url: string
  readonly ca: string
  /** For `localhost` and the address of the Service. */
  readonly certificate: Pair
  /** Has `keys/current.pem`, and `secrets/` with the files of the Secret jit-login. */
  readonly dir: string
  readonly secrets: { readonly 'seal-keys': string; readonly 'console-client-secret': string; readonly 'upstream-client-secret': string }
  readonly signingKey: string
  /** Login runs: connections lead there from now on. */
  lead(to: Target): Promise<void>
  close(): Promise<void>
}

/**
 * Answers at the address of login before login runs, with its keys: login needs kube-apiserver, which fetches the keys of its issuers when it starts, and
 * otherwise again only ten seconds later.
 */
export async function startLoginFront(dir: string): Promise<LoginFront> {
  const [keysDir, secretsDir] = [join(dir, 'keys'), join(dir, 'secrets')]
  for (const folder of [keysDir, secretsDir]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writeFile(join(keysDir, 'current.pem'), signingKey, { mode: 0o600 })
  const secrets = {
    'seal-keys': randomBytes(32).toString('base64'),
    'console-client-secret': randomBytes(32).toString('hex'),
    'upstream-client-secret': randomBytes(32).toString('hex'),
  }
  for (const [name, text] of Object.entries(secrets)) await writeFile(join(secretsDir, name), text, { mode: 0o600 })
  const authority = await createAuthority('login-ca')
  const certificate = await authority.issue({ commonName: 'login', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1', LOGIN_SERVICE_IP] })

  const { published } = await readSigningKeys(keysDir)
  let url = ''
  const stand = createServer(certificate, (request, response) => {
    const document = request.url === '/jwks' ? { keys: published } : { issuer: url, jwks_uri: `${url}/jwks` }
    const isThere = request.url === '/jwks' || request.url === '/.well-known/openid-configuration'
    response.writeHead(isThere ? 200 : 503, { 'content-type': 'application/json' }).end(isThere ? JSON.stringify(document) : '')
  })
  let target: Target = { host: '127.0.0.1', port: await listenOn([stand], ['127.0.0.1'], 0) }
  const relay = await startRelay(() => target)
  url = `https://localhost:${relay.port}`
  return {
    url,
    ca: authority.cert,
    certificate,
    dir,
    secrets,
    signingKey,
    lead: async (to) => {
      target = to
      await close(stand)
    },
    close: async () => {
      relay.close()
      await close(stand)
    },
  }
}
