import { unseen, type Cluster, type Named } from './cluster.ts'
import { good, warning, type Finding } from './finding.ts'

const TYPE = 'kubernetes.io/service-account-token'
const MAX_SHOWN = 10
const PATH = `/api/v1/secrets?fieldSelector=${encodeURIComponent(`type=${TYPE}`)}&limit=200`
const ACCOUNT = 'kubernetes.io/service-account.name'

type TokenSecret = Named & {
  readonly type?: string
  readonly metadata: { readonly annotations?: { readonly [key: string]: string } }
}

/** Secrets with a token of a ServiceAccount that never ends: who lists Secrets, as the gateway has to, is that account. */
export async function checkAccountTokens(cluster: Cluster): Promise<Finding> {
  const secrets = await cluster.list<TokenSecret>(PATH)
  if (secrets.is !== 'there') return unseen(`Secrets of type ${TYPE}`, secrets)
  const tokens = secrets.value.filter(({ type }) => type === TYPE)
  if (tokens.length === 0) return good('no Secret holds a token of a ServiceAccount that never ends')
  const names = tokens.map(({ metadata: { namespace = '', name, annotations } }) => `${namespace}/${name} (of ${annotations?.[ACCOUNT] ?? '?'})`)
  const more = names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : ''
  return warning(
    `who can list Secrets, the gateway too, has the tokens of ServiceAccounts in these: ${names.slice(0, MAX_SHOWN).join(', ')}${more}`,
    'let their users ask for tokens instead (kubectl create token), and delete the Secrets',
  )
}
