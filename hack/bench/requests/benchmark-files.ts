import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createAuthority } from '../../cluster/certificate-authority.ts'
import { firstUrl, startChild, type Child } from '../gateway/variants/child.ts'

/** A folder with certificates, and the stand-in for kube-apiserver. */
export type Site = {
  readonly dir: string
  readonly ca: string
  /** The front proxy's client certificate: its holder names the caller of a request. */
  readonly proxy: { readonly cert: string; readonly key: string }
  readonly front: Child
  remove(): Promise<void>
}

export async function openSite(): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'jit-bench-requests-'))
  const [servingCA, proxyCA, clientCA] = await Promise.all(['serving', 'proxy', 'client'].map((name) => createAuthority(`bench ${name}`)))
  if (servingCA === undefined || proxyCA === undefined || clientCA === undefined) throw new Error('no authority')
  const serving = await servingCA.issue({ commonName: 'localhost', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  const proxy = await proxyCA.issue({ commonName: 'front-proxy-client', usage: 'client' })
  const files = {
    'serving-ca.crt': servingCA.cert,
    'serving.crt': serving.cert,
    'serving.key': serving.key,
    'proxy-ca.crt': proxyCA.cert,
    'proxy.crt': proxy.cert,
    'proxy.key': proxy.key,
    'client-ca.crt': clientCA.cert,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 })
  const front = await startChild({
    command: process.execPath,
    args: [join(import.meta.dirname, 'front/main.ts'), '--dir', dir],
    url: firstUrl,
  })
  const remove = async (): Promise<void> => {
    await front.stop()
    await rm(dir, { recursive: true, force: true })
  }
  return { dir, ca: servingCA.cert, proxy, front, remove }
}

/** A kubeconfig whose user has this name. */
export async function writeKubeconfig({ dir, front }: Site, user: string): Promise<string> {
  const name = 'bench'
  const file = join(dir, `${user}.kubeconfig`)
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server: front.url, 'certificate-authority': join(dir, 'serving-ca.crt') } }],
    users: [{ name, user: { token: user } }],
  }
  await writeFile(file, stringify(document), { mode: 0o600 })
  return file
}
