import { unreadableFinding, type Cluster, type NamedObject } from './visible-cluster.ts'
import { good, warning, type Finding } from '../../domain/doctor/finding.ts'

const TYPE = 'kubernetes.io/service-account-token'
const MAX_SHOWN = 10
const PATH = `/api/v1/secrets?fieldSelector=${encodeURIComponent(`type=${TYPE}`)}&limit=200`
const ACCOUNT = 'kubernetes.io/service-account.name'

type TokenSecret = NamedObject & {
  readonly type?: string
  readonly metadata: { readonly annotations?: { readonly [key: string]: string } }
}

/** Finds Secrets with a ServiceAccount token that never expires: a client that lists Secrets, such as the gateway, can act as that account. */
export async function checkAccountTokens(cluster: Cluster): Promise<Finding> {
  const secrets = await cluster.list<TokenSecret>(PATH)
  if (secrets.is !== 'there') return unreadableFinding(`Secrets of type ${TYPE}`, secrets)
  const tokens = secrets.value.filter(({ type }) => type === TYPE)
  if (tokens.length === 0) return good('no Secret holds a ServiceAccount token that never expires')
  const names = tokens.map(({ metadata: { namespace = '', name, annotations } }) => `${namespace}/${name} (of ${annotations?.[ACCOUNT] ?? '?'})`)
  const more = names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : ''
  return warning(
    `clients that can list Secrets, including the gateway, have the tokens of ServiceAccounts in these: ${names.slice(0, MAX_SHOWN).join(', ')}${more}`,
    'let their users request tokens instead (kubectl create token), and delete the Secrets',
  )
}
