import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { isObject } from '../domain/is-object.ts'

/** The credential of the client: a token, which is read on every call since it rotates, or a client certificate. */
export type Credential =
  { readonly kind: 'token'; readonly token: () => Promise<string> } | { readonly kind: 'certificate'; readonly cert: string; readonly key: string }

export type ClusterConfig = { readonly server: URL; readonly ca: string; readonly credential: Credential }

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The configuration inside a pod. The token file is read on every call, since the kubelet rotates it. @throws Error outside a cluster */
async function inClusterConfig(env: { readonly [name: string]: string | undefined }): Promise<ClusterConfig> {
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  if (host === undefined || port === undefined) throw new Error('not in a cluster: KUBERNETES_SERVICE_HOST and _PORT are not set; name a kubeconfig')
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca: await readFile(join(MOUNT, 'ca.crt'), 'utf8'),
    credential: { kind: 'token', token: async () => (await readFile(join(MOUNT, 'token'), 'utf8')).trim() },
  }
}

type NamedList = readonly { readonly name?: unknown; readonly [key: string]: unknown }[]

function pick(list: unknown, name: unknown, what: string): { readonly [key: string]: unknown } {
  const found = Array.isArray(list) ? (list as NamedList).find((entry) => entry.name === name)?.[what] : undefined
  if (typeof found !== 'object' || found === null) throw new Error(`kubeconfig: no ${what} named "${String(name)}"`)
  return found as { readonly [key: string]: unknown }
}

async function material(entry: { readonly [key: string]: unknown }, key: string): Promise<string | undefined> {
  const data = entry[`${key}-data`]
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8')
  const file = entry[key]
  return typeof file === 'string' ? readFile(file, 'utf8') : undefined
}

/** The error has no cause: the parser's message quotes the text, which holds credentials. @throws Error */
function readYaml(file: string, text: string): { readonly [key: string]: unknown } {
  try {
    const document: unknown = parse(text)
    if (isObject(document)) return document
  } catch {
    // As below.
  }
  throw new Error(`${file}: it is not a YAML object`)
}

/**
 * Reads the current context of a kubeconfig. Supports tokens, token files and client certificates. Refuses exec plugins, which are for
 * users, and clusters without a CA, since servers must verify the API server.
 * @throws Error
 */
export async function clusterConfigFromKubeconfig(file: string): Promise<ClusterConfig> {
  const document = readYaml(file, await readFile(file, 'utf8'))
  const context = pick(document['contexts'], document['current-context'], 'context')
  const cluster = pick(document['clusters'], context['cluster'], 'cluster')
  const user = pick(document['users'], context['user'], 'user')
  const ca = await material(cluster, 'certificate-authority')
  if (ca === undefined) throw new Error(`${file}: the cluster names no certificate-authority`)
  const server = new URL(String(cluster['server']))
  const { token, tokenFile } = user
  if (typeof tokenFile === 'string')
    return { server, ca, credential: { kind: 'token', token: async () => (await readFile(tokenFile, 'utf8')).trim() } }
  if (typeof token === 'string') return { server, ca, credential: { kind: 'token', token: () => Promise.resolve(token) } }
  const [cert, key] = [await material(user, 'client-certificate'), await material(user, 'client-key')]
  if (cert === undefined || key === undefined) throw new Error(`${file}: the user has neither token nor client certificate`)
  return { server, ca, credential: { kind: 'certificate', cert, key } }
}

/** The configuration of a kubeconfig, or without one that of the pod. @throws Error */
export const clusterConfigOf = (kubeconfig: string | undefined, env: { readonly [name: string]: string | undefined }): Promise<ClusterConfig> =>
  kubeconfig === undefined ? inClusterConfig(env) : clusterConfigFromKubeconfig(kubeconfig)
