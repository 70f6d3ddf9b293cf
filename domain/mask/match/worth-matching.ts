/**
 * Which values are looked for everywhere. A short or common one would mask half the cluster (`kube-system` is a value in every
 * service account token Secret); it is masked in its Secret only, and the gateway reports it.
 */
export const MIN_LENGTH = 8

export type Unworthy = 'too short' | 'common word' | 'too regular' | 'public'

const COMMON = new Set(
  `administrator anonymous application cluster-admin clusterip certificate configuration controller default development
  disabled enabled endpoints environment information internal kube-node-lease kube-public kube-system kubernetes
  kubernetes.io local-path localhost loadbalancer localhost.localdomain metadata namespace namespaces password postgres
  postgresql production readonly readwrite rabbitmq root.root secretname serviceaccount staging testing undefined username
  us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-central-1 application/json text/plain elasticsearch prometheus
  127.0.0.1 0.0.0.0 changeme`.split(/\s+/),
)

/** Undefined when the value may be looked for. `common` are words that the cluster shows anyway, such as namespace names. */
export function unworthy(value: Buffer, common: ReadonlySet<string>): Unworthy | undefined {
  if (value.length < MIN_LENGTH) return 'too short'
  if (new Set(value).size < 4) return 'too regular'
  if (value.length > 256) return undefined
  const text = value.toString('latin1').trim()
  if (text.length < MIN_LENGTH) return 'too short'
  if (COMMON.has(text.toLowerCase()) || common.has(text)) return 'common word'
  if (/^[A-Za-z]{8,9}$/.test(text) && /^.?[a-z]+$/.test(text)) return 'common word'
  if (/^[a-z0-9.-]+\.(svc|local|svc\.cluster\.local)$/.test(text)) return 'public'
  return undefined
}

const TELLING = /pass|secret|token|key|cred|auth|pwd|private|conn|dsn|url|uri/i

/** Parts found inside a value (a field of a JSON or .env file) must look like a credential, or be named like one. */
export function unworthyPart(name: string, value: Buffer, common: ReadonlySet<string>): boolean {
  if (unworthy(value, common) !== undefined) return true
  if (TELLING.test(name)) return false
  const text = value.toString('latin1')
  return text.length < 16 || !/[0-9]/.test(text) || !/[A-Za-z]/.test(text) || /[\s/]/.test(text)
}
