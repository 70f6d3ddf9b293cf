import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { createAuthority } from '../../hack/cluster/certificate-authority.ts'
import { logLine, startChild, type Child } from '../child-process.ts'
import { ROOT } from '../manifest/overlay.ts'
import { createBrowser } from '../../hack/browser/plain-browser.ts'

let dir: string
let ca: string
const children: Child[] = []
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-console-main-'))
  const authority = await createAuthority('console-main')
  const pair = await authority.issue({ commonName: 'console', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  ca = authority.cert
  await writeFile(join(dir, 'ca.crt'), ca)
  await writeFile(join(dir, 'tls.crt'), pair.cert)
  await writeFile(join(dir, 'tls.key'), pair.key)
  await writeFile(join(dir, 'keys'), `${Buffer.alloc(32, 7).toString('base64')}\n`)
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

async function start(keysFile: string): Promise<{ readonly child: Child; readonly first: Line }> {
  const port = { address: '127.0.0.1', port: 0 }
  const signIn = { issuer: 'https://127.0.0.1:9', clientID: 'console', usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
  const tls = { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
  const config = { listen: port, admin: port, tls, kubeconfig: join(dir, 'kubeconfig'), url: 'https://localhost', signIn, sessions: { keysFile } }
  const file = join(dir, 'config.yaml')
  await writeFile(file, stringify(config))
  const child = startChild(process.execPath, [join(ROOT, 'console/main.ts'), '--config', file], { read: 'stderr' })
  children.push(child)
  return { child, first: await child.line('log line', (line) => logLine(line) as Line | undefined) }
}

describe('the console as a process', () => {
  it('starts without the identity provider and the cluster, serves over TLS, and stops on a signal', async () => {
    const { child, first } = await start(join(dir, 'keys'))
    expect(first.event).toBe('started')
    expect((await fetch(`http://127.0.0.1:${first.adminPort ?? 0}/readyz`)).status).toBe(200)
    const browser = createBrowser([ca])
    const page = await browser.open(`https://localhost:${first.port ?? 0}/grants`)
    expect([page.code, new URL(page.url).pathname]).toEqual([503, '/sign-in'])
    await browser.close()
    expect(await child.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })
  it('does not start with a key that is not one, and does not repeat it', async () => {
    await writeFile(join(dir, 'bad'), 'c2hvcnQ=\n')
    const { child, first } = await start(join(dir, 'bad'))
    expect(first.event).toBe('start.failed')
    expect(first.error).not.toContain('c2hvcnQ=')
    expect(await child.ended()).toEqual({ code: 2, signal: null })
  })
})
