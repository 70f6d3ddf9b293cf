import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { kubeconfigOf, type Site } from '../addresses.ts'

/** Kubeconfig name → certificate in pki/, and whether the file is read inside the node, where this machine has another address. */
const KUBECONFIGS = [
  { name: 'admin', certificate: 'admin', inNode: false },
  { name: 'controllers', certificate: 'controllers', inNode: false },
  { name: 'scheduler', certificate: 'scheduler', inNode: false },
  { name: 'kubelet', certificate: 'kubelet', inNode: true },
  { name: 'kube-proxy', certificate: 'kube-proxy', inNode: true },
] as const

export async function writeKubeconfigs(site: Site): Promise<void> {
  const pki = join(site.dir, 'pki')
  for (const { name, certificate, inNode } of KUBECONFIGS) {
    const server = `https://${inNode ? site.hostIP : '127.0.0.1'}:${site.port}`
    const document = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority': join(pki, 'ca.crt') } }],
      users: [{ name, user: { 'client-certificate': join(pki, `${certificate}.crt`), 'client-key': join(pki, `${certificate}.key`) } }],
      contexts: [{ name, context: { cluster: 'cluster', user: name } }],
      'current-context': name,
    }
    await writeFile(kubeconfigOf(site, name), stringify(document), { mode: 0o600 })
  }
}
