import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { KubeClient } from '../../../kube/client.ts'
import type { Binaries } from '../binaries.ts'
import type { ComponentSpec } from '../component.ts'
import { kubeconfigOf, portOf, type Site } from '../addresses.ts'

/**
 * A simulated node: Deployments roll out; this machine answers logs, exec and port-forward; no container runs. Not supported: exit codes of
 * exec, and cp.
 */
export async function writeKwokFiles({ dir }: Site, { kwokStages }: Binaries): Promise<void> {
  if (kwokStages === undefined) throw new Error('the kwok stages are missing next to the binaries')
  const apiVersion = 'kwok.x-k8s.io/v1alpha1'
  const logsFile = join(dir, 'pod.log')
  const documents = [
    { apiVersion, kind: 'ClusterLogs', metadata: { name: 'logs' }, spec: { logs: [{ logsFile, follow: true }] } },
    {
      apiVersion,
      kind: 'ClusterExec',
      metadata: { name: 'exec' },
      spec: { execs: [{ local: { workDir: dir, envs: [{ name: 'KWOK', value: '1' }] } }] },
    },
    { apiVersion, kind: 'ClusterAttach', metadata: { name: 'attach' }, spec: { attaches: [{ logsFile }] } },
  ]
  await writeFile(join(dir, 'kwok.yaml'), documents.map((document) => stringify(document)).join('---\n') + (await readFile(kwokStages, 'utf8')))
  await writeFile(logsFile, '')
}

export function kwokSpec(site: Site, { binDir }: Binaries): ComponentSpec {
  const address = `127.0.0.1:${portOf(site, 'kwok')}`
  return {
    name: 'kwok',
    command: join(binDir, 'kwok'),
    dir: site.dir,
    args: [
      `--kubeconfig=${kubeconfigOf(site, 'admin')}`,
      '--manage-all-nodes',
      '--config=kwok.yaml',
      '--node-ip=127.0.0.1',
      `--node-port=${portOf(site, 'kwok')}`,
      `--server-address=${address}`,
      '--tls-cert-file=pki/kubelet-server.crt',
      '--tls-private-key-file=pki/kubelet-server.key',
    ],
  }
}

export async function createKwokNode(client: KubeClient, { nodeName }: Site): Promise<void> {
  const labels = { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux' }
  await client.json({ method: 'POST', path: '/api/v1/nodes', body: { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels } } })
}

/** kwok may leave a node without an address, and then logs cannot be found. Call this once the node is Ready. */
export async function addressKwokNode(client: KubeClient, { nodeName }: Site): Promise<void> {
  await client.json({
    method: 'PATCH',
    path: `/api/v1/nodes/${nodeName}/status`,
    contentType: 'application/merge-patch+json',
    body: { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] } },
  })
}
