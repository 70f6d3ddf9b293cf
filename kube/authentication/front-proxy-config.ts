import { createInformer, type Informer } from '../informer.ts'
import type { KubeClient } from '../client.ts'
import type { Clock } from '../../domain/clock.ts'

/** Which front proxy an aggregated API server trusts to name users. From `kube-system/extension-apiserver-authentication`. */
export type FrontProxyConfig = {
  /** PEM bundle that the client certificate must chain to. */
  readonly ca: string
  /** Accepted common names. Never empty. */
  readonly allowedNames: ReadonlySet<string>
  /** Header names in lower case. */
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraPrefixes: readonly string[]
}

type ConfigMap = {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string }
  readonly data?: { readonly [key: string]: string }
}

const NAME = 'extension-apiserver-authentication'

function names(data: { readonly [key: string]: string }, key: string): readonly string[] {
  const value: unknown = JSON.parse(data[key] ?? '[]')
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) throw new Error(`${NAME}: ${key} is not a list of strings`)
  return value
}

/**
 * Parses the data of the ConfigMap. Refuses empty allowed names, since then any certificate of the CA could name any user. Refuses a CA that
 * is also the client CA, since then any client could name any user.
 * @throws Error
 */
export function readFrontProxyConfig(data: { readonly [key: string]: string }): FrontProxyConfig {
  const ca = data['requestheader-client-ca-file'] ?? ''
  if (!ca.includes('BEGIN CERTIFICATE')) throw new Error(`${NAME}: there is no requestheader-client-ca-file; the aggregation layer is off`)
  if (ca.trim() === data['client-ca-file']?.trim())
    throw new Error(`${NAME}: the request-header CA is the client CA, so every client could name any user`)
  const allowedNames = new Set(names(data, 'requestheader-allowed-names'))
  if (allowedNames.size === 0) throw new Error(`${NAME}: requestheader-allowed-names is empty, so every certificate of the CA could name any user`)
  const lower = (key: string): readonly string[] => names(data, key).map((name) => name.toLowerCase())
  return {
    ca,
    allowedNames,
    usernameHeaders: lower('requestheader-username-headers'),
    uidHeaders: lower('requestheader-uid-headers'),
    groupHeaders: lower('requestheader-group-headers'),
    extraPrefixes: lower('requestheader-extra-headers-prefix'),
  }
}

export type FrontProxyWatch = { readonly current: () => FrontProxyConfig | undefined; readonly informer: Informer<ConfigMap> }

/** Watches the ConfigMap. Calls `changed` for each valid configuration. An invalid one is reported, and the last valid one stays in use. */
export function watchFrontProxyConfig(options: {
  readonly client: KubeClient
  readonly clock: Clock
  readonly changed: (config: FrontProxyConfig) => void
  readonly onError: (error: unknown) => void
}): FrontProxyWatch {
  let current: FrontProxyConfig | undefined
  const informer = createInformer<ConfigMap>({
    client: options.client,
    clock: options.clock,
    onError: options.onError,
    path: '/api/v1/namespaces/kube-system/configmaps',
    query: { fieldSelector: `metadata.name=${NAME}` },
  })
  informer.subscribe(({ type, object }) => {
    if (type === 'DELETED') return
    try {
      current = readFrontProxyConfig(object.data ?? {})
      options.changed(current)
    } catch (error) {
      options.onError(error)
    }
  })
  return { current: () => current, informer }
}
