import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { createAuthority } from '../../hack/cluster/certificate-authority.ts'
import { createBrowser } from '../../hack/browser/plain-browser.ts'
import { logLine, startChild, type Child } from '../child-process.ts'
import { ROOT } from '../manifest/overlay.ts'
import { newPem } from './new-pem.ts'

let dir: string
let ca: string
const children: Child[] = []
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-login-main-'))
  const authority = await createAuthority('login-main')
  const pair = await authority.issue({ commonName: 'login', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  ca = authority.cert
  await mkdir(join(dir, 'keys'))
  const rsa = newPem('rsa')
  const { default: forge } = await import('node-forge')
  const own = forge.pki.createCertificate()
  const key = forge.pki.privateKeyFromPem(rsa)
  own.publicKey = forge.pki.setRsaPublicKey(key.n, key.e)
  own.validity.notAfter = new Date(Date.now() + 86_400_000)
  own.setSubject([{ name: 'commonName', value: 'login' }])
  own.setIssuer([{ name: 'commonName', value: 'login' }])
  own.sign(key, forge.md.sha256.create())
  const files = {
    'ca.crt': ca,
    'tls.crt': pair.cert,
    'tls.key': pair.key,
    'keys/current.pem': newPem('rsa'),
    'saml.key': rsa,
    'saml.crt': forge.pki.certificateToPem(own),
    'seal-keys': `${Buffer.alloc(32, 7).toString('base64')}\n`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const cluster = { server: 'https://127.0.0.1:9', 'certificate-authority': join(dir, 'ca.crt') }
  const contexts = [{ name: 'c', context: { cluster: 'c', user: 'u' } }]
  const kubeconfig = { clusters: [{ name: 'c', cluster }], users: [{ name: 'u', user: { token: 't' } }], contexts, 'current-context': 'c' }
  await writeFile(join(dir, 'kubeconfig'), stringify(kubeconfig))
})
afterAll(async () => {
  for (const child of children) await child.end()
  await rm(dir, { recursive: true })
})

type Line = { readonly event: string; readonly port?: number; readonly adminPort?: number; readonly error?: string }

async function start(changes: object = {}): Promise<{ readonly child: Child; readonly first: Line }> {
  const port = { address: '127.0.0.1', port: 0 }
  const config = {
    listen: port,
    admin: port,
    tls: { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') },
    kubeconfig: join(dir, 'kubeconfig'),
    url: 'https://localhost',
    keysDir: join(dir, 'keys'),
    sealKeysFile: join(dir, 'seal-keys'),
    recordsDir: join(dir, 'records'),
    upstreams: [
      {
        id: 'corp',
        label: 'Corp',
        saml: {
          identityProvider: { entityID: 'https://idp.test', metadata: { url: 'https://127.0.0.1:9/metadata' } },
          signing: { keyFile: join(dir, 'saml.key'), certFile: join(dir, 'saml.crt') },
        },
      },
    ],
    clients: [{ id: 'kubectl', grants: ['AuthorizationCode'], redirectURIs: ['http://127.0.0.1/callback'] }],
    ...changes,
  }
  const file = join(dir, 'config.yaml')
  await writeFile(file, stringify(config))
  const child = startChild(process.execPath, ['--max-semi-space-size=16', join(ROOT, 'login/main.ts'), '--config', file], { read: 'stderr' })
  children.push(child)
  const first = await child.line('log line started or start.failed', (line) =>
    [logLine(line) as Line | undefined].find((each) => each !== undefined && ['started', 'start.failed'].includes(each.event)),
  )
  return { child, first }
}

describe('login as a process', () => {
  it('starts without the identity provider and the cluster, uses less than 150 MB, and stops on a signal', async () => {
    const { child, first } = await start()
    expect(first.event).toBe('started')
    // No upstream can sign anybody in.
    expect((await fetch(`http://127.0.0.1:${first.adminPort ?? 0}/readyz`)).status).toBe(500)
    const browser = createBrowser([ca])
    const page = await browser.open(`https://localhost:${first.port ?? 0}/.well-known/openid-configuration`)
    expect([page.code, (JSON.parse(page.text) as { readonly issuer: string }).issuer]).toEqual([200, 'https://localhost'])
    if (process.platform === 'linux') {
      // What a limit counts in the end: the pages of the Node binary are shared and can be dropped.
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      expect(Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1])).toBeLessThan(150_000)
    }
    await browser.close()
    expect(await child.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })
  it('does not start with a seal key that is not one, and does not repeat it', async () => {
    await writeFile(join(dir, 'bad'), 'c2hvcnQ=\n')
    const { child, first } = await start({ sealKeysFile: join(dir, 'bad') })
    expect(first.event).toBe('start.failed')
    expect(first.error).not.toContain('c2hvcnQ=')
    expect(await child.ended()).toEqual({ code: 2, signal: null })
  })
})
