import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../demo/environment.ts'
import { makeBinDir } from './bin-dir.ts'
import type { UpContext } from '../up-context.ts'
import { writeKubeconfigs, writeLoginKubeconfig } from './kubeconfigs.ts'
import { LOGIN_CLIENTS } from '../login/configure.ts'
import type { Part, Servers } from '../server-names.ts'

/** Writes the CA of a server's certificate, for its clients. */
async function writeCA({ client, layout }: UpContext, part: Part): Promise<string> {
  const { data } = await client.json<{ readonly data: { readonly [key: string]: string } }>({
    method: 'GET',
    path: `/api/v1/namespaces/jit-system/secrets/jit-${part}-tls`,
  })
  const file = join(layout.kubeconfigs, `${part}-ca.crt`)
  await writeFile(file, Buffer.from(data['ca.crt'] ?? '', 'base64'))
  return file
}

/** Writes what users need, kubeconfigs and programs, and returns where all of it is. */
export async function describe(context: UpContext, servers: Servers): Promise<Environment> {
  const { cluster, provider, keycloak, slack, layout, root } = context
  await mkdir(layout.kubeconfigs, { recursive: true, mode: 0o700 })
  const caFile = await writeCA(context, 'gateway')
  const loginCA = await writeCA(context, 'login')
  const { gateway, apiserver, webhook, console, login, controller } = servers.reached
  const kubeconfigs = await writeKubeconfigs({
    dir: layout.kubeconfigs,
    gateway: { server: gateway.url, caFile },
    kubernetes: { server: cluster.url, caFile: cluster.caFile },
    token: (user, audience) => ({
      command: process.execPath,
      args: [join(root, 'hack/token/main.ts'), '--dir', layout.root, '--user', user, '--audience', audience, '--exec-credential'],
    }),
  })
  await makeBinDir({ dir: layout.bin, kubectl: join(cluster.binDir, 'kubectl'), root, node: process.execPath })
  return {
    version: 1,
    kubernetes: { url: cluster.url, version: cluster.version, caFile: cluster.caFile, auditLogFile: cluster.auditLogFile },
    gateway: { ...gateway, caFile },
    apiserver,
    webhook,
    console: { ...console, caFile: await writeCA(context, 'console') },
    login: {
      ...login,
      caFile: loginCA,
      recordsDir: layout.loginRecords,
      kubectlClient: LOGIN_CLIENTS.kubectl,
      exchangeClient: LOGIN_CLIENTS.ci,
      kubeconfig: await writeLoginKubeconfig({
        dir: layout.kubeconfigs,
        kubernetes: { server: cluster.url, caFile: cluster.caFile },
        plugin: join(layout.bin, 'kubectl-certify'),
        login: { url: login.url, caFile: loginCA, client: LOGIN_CLIENTS.kubectl },
      }),
    },
    controller,
    identityProvider: { issuer: provider.issuer, caFile: provider.caFile },
    slack,
    ...(keycloak === undefined ? {} : { keycloak: keycloak.environment }),
    kubeconfigs: { admin: cluster.adminKubeconfig, ...kubeconfigs },
    binDir: layout.bin,
    recordsDir: layout.records,
    processes: { ...cluster.processes(), ...(keycloak === undefined ? {} : { keycloak: keycloak.pid() ?? 0 }), ...(await servers.processes()) },
  }
}
