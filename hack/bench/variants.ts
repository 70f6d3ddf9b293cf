import { execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Pool } from 'undici'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import type { Environment } from '../demo/environment.ts'
import type { Variant } from './measure.ts'

const run = promisify(execFile)

type Target = { readonly name: string; readonly pool: Pool; readonly token?: string; readonly path: string; readonly end?: () => void }

function variant({ name, pool, token, path, end }: Target): Variant {
  return {
    name,
    once: async () => {
      const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers })
      await body.dump({ limit: 1 << 30 })
      if (statusCode !== 200) throw new Error(`${name}: ${path} answered ${statusCode}`)
    },
    close: async () => {
      await pool.close()
      end?.()
    },
  }
}

/** kube-apiserver itself, as cluster admin. */
async function direct(environment: Environment, path: string): Promise<Variant> {
  const { server, ca, credential } = await clusterConfigFromKubeconfig(environment.kubeconfigs.admin)
  if (credential.kind !== 'certificate') throw new Error('the admin kubeconfig has no client certificate')
  return variant({
    name: 'direct',
    path,
    pool: new Pool(server.origin, { connections: 1, allowH2: false, connect: { ca, cert: credential.cert, key: credential.key } }),
  })
}

/** `kubectl proxy`: the Go proxy that every user has. Plain HTTP towards the client, TLS towards kube-apiserver. */
async function kubectlProxy(environment: Environment, path: string): Promise<Variant> {
  const child = spawn(join(environment.binDir, 'kubectl'), ['proxy', '--port=0', '--kubeconfig', environment.kubeconfigs.admin], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port !== undefined)
      return variant({
        name: 'kubectl proxy',
        path,
        pool: new Pool(`http://127.0.0.1:${port}`, { connections: 1, allowH2: false }),
        end: () => void child.kill(),
      })
  }
  throw new Error('kubectl proxy did not start')
}

/** A token for the agent, obtained by the command in its kubeconfig. */
export async function agentToken(dir: string): Promise<string> {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, '../token/main.ts'),
    '--user',
    'agent',
    '--audience',
    'jit-gateway',
    '--dir',
    dir,
  ])
  return stdout.trim()
}

/** The gateway with all features on: token, policy, grants, records, masking. */
async function gateway(environment: Environment, dir: string, path: string): Promise<Variant> {
  const ca = await readFile(environment.gateway.caFile, 'utf8')
  return variant({
    name: 'gateway',
    path,
    token: await agentToken(dir),
    pool: new Pool(environment.gateway.url, { connections: 1, allowH2: false, connect: { ca } }),
  })
}

export async function openVariants(environment: Environment, dir: string, path: string): Promise<readonly Variant[]> {
  return [await direct(environment, path), await kubectlProxy(environment, path), await gateway(environment, dir, path)]
}
