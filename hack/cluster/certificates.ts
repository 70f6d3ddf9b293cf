import { generateKeyPairSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority, type LeafOptions } from './certificate-authority.ts'
import type { Site } from './addresses.ts'

const LEAVES: readonly (readonly [name: string, authority: 'ca' | 'front-proxy-ca' | 'webhook-client-ca', options: (site: Site) => LeafOptions])[] = [
  [
    'apiserver',
    'ca',
    ({ hostIP }) => ({
      commonName: 'kube-apiserver',
      usage: 'server',
      dns: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      ips: [...new Set(['127.0.0.1', '10.0.0.1', hostIP])],
    }),
  ],
  ['admin', 'ca', () => ({ commonName: 'admin', organization: 'system:masters', usage: 'client' })],
  ['controllers', 'ca', () => ({ commonName: 'system:kube-controller-manager', usage: 'client' })],
  ['scheduler', 'ca', () => ({ commonName: 'system:kube-scheduler', usage: 'client' })],
  ['kube-proxy', 'ca', () => ({ commonName: 'system:kube-proxy', usage: 'client' })],
  ['kubelet', 'ca', ({ nodeName }) => ({ commonName: `system:node:${nodeName}`, organization: 'system:nodes', usage: 'client' })],
  [
    'kubelet-server',
    'ca',
    ({ nodeName, nodeIP }) => ({ commonName: nodeName, usage: 'server', dns: [nodeName, 'localhost'], ips: [...new Set(['127.0.0.1', nodeIP])] }),
  ],
  ['kubelet-client', 'ca', () => ({ commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters', usage: 'client' })],
  ['front-proxy', 'front-proxy-ca', () => ({ commonName: 'front-proxy-client', usage: 'client' })],
  ['webhook-client', 'webhook-client-ca', () => ({ commonName: 'kube-apiserver', usage: 'client' })],
]

/** Makes every key and certificate of a cluster in `DIR/pki`, with the names of LEAVES. Only the owner can read keys. */
export async function makeCertificates(site: Site): Promise<void> {
  const folder = join(site.dir, 'pki')
  await mkdir(folder, { mode: 0o700 })
  const secret = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text, { mode: 0o600 })
  const [ca, frontProxy, webhookClient] = await Promise.all(
    ['cluster-ca', 'front-proxy-ca', 'webhook-client-ca'].map((name) => createAuthority(name)),
  )
  if (ca === undefined || frontProxy === undefined || webhookClient === undefined) throw new Error('an authority is missing')
  const authorities = { ca, 'front-proxy-ca': frontProxy, 'webhook-client-ca': webhookClient }
  for (const [name, { cert }] of Object.entries(authorities)) await writeFile(join(folder, `${name}.crt`), cert)
  await secret('ca.key', ca.key) // the controllers sign CertificateSigningRequests with it; the other CA keys are not written
  await Promise.all(
    LEAVES.map(async ([name, authority, options]) => {
      const { cert, key } = await authorities[authority].issue(options(site))
      await writeFile(join(folder, `${name}.crt`), cert)
      await secret(`${name}.key`, key)
    }),
  )
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await secret('service-accounts.key', privateKey.export({ type: 'sec1', format: 'pem' }).toString())
}
