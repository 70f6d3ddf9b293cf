import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { KubeClient } from '../../../kube/client.ts'

const LIFETIME_SECONDS = 3600
const RENEW_MS = 30 * 60_000

export type Account = { readonly kubeconfig: string; stop(): void }

/**
 * A ServiceAccount credential for a local process: a kubeconfig with a token file that is rewritten before the token expires, as the
 * kubelet does for pods. A failed renewal is reported and retried during the remaining half of the token's life.
 */
export async function createAccount(options: {
  readonly client: KubeClient
  readonly name: string
  readonly dir: string
  readonly cluster: { readonly server: string; readonly caFile: string }
  readonly onError: (error: unknown) => void
}): Promise<Account> {
  const { client, name, dir } = options
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const tokenFile = join(dir, 'token')
  const renew = async (): Promise<void> => {
    const { status } = await client.json<{ readonly status: { readonly token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/jit-system/serviceaccounts/${name}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: LIFETIME_SECONDS } },
    })
    await writeFile(`${tokenFile}.new`, status.token, { mode: 0o600 })
    await rename(`${tokenFile}.new`, tokenFile)
  }
  await renew()
  const kubeconfig = join(dir, 'kubeconfig')
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster: { server: options.cluster.server, 'certificate-authority': options.cluster.caFile } }],
    users: [{ name, user: { tokenFile } }],
    contexts: [{ name, context: { cluster: 'cluster', user: name } }],
    'current-context': name,
  }
  await writeFile(kubeconfig, stringify(document), { mode: 0o600 })
  const timer = setInterval(() => void renew().catch(options.onError), RENEW_MS)
  timer.unref()
  return { kubeconfig, stop: () => clearInterval(timer) }
}
