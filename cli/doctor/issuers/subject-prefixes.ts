import { parse } from 'yaml'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { POLICIES_PATH } from '../../../domain/api/names.ts'
import { bad, good, warning, type Finding } from '../../../domain/doctor/finding.ts'
import { isObject } from '../../../domain/is-object.ts'
import { isIssuerFile } from '../../../domain/doctor/issuer-file.ts'
import { unreadableFinding, type Cluster } from '../visible-cluster.ts'

/** The ConfigMap that the shipped manifests mount. A gateway that reads another folder is not checked. */
const CONFIG_MAP = '/api/v1/namespaces/jit-system/configmaps/gateway-issuers'

type Prefixes = { readonly User: readonly string[]; readonly Group: readonly string[] }
type Subject = AccessPolicy['spec']['subjects'][number]

/** The prefixes that the issuers put before names, and the files that cannot be read. */
function prefixesIn(data: { readonly [file: string]: string }): { readonly prefixes: Prefixes; readonly unreadable: readonly string[] } {
  const unreadable: string[] = []
  const files = Object.entries(data).filter(([file]) => isIssuerFile(file))
  const issuers = files.map(([file, text]) => {
    try {
      const issuer: unknown = parse(text)
      if (isObject(issuer)) return issuer
    } catch {
      // Reported below, as a file of another form is.
    }
    unreadable.push(file)
    return {}
  })
  const all = (field: string): readonly string[] => issuers.map((issuer) => issuer[field]).filter((prefix) => typeof prefix === 'string')
  return { prefixes: { User: all('usernamePrefix'), Group: all('groupsPrefix') }, unreadable }
}

/** Whether an agent of an issuer can have this name. ServiceAccounts and their groups come from the cluster, and not from an issuer. */
const isKnown = ({ kind, name }: Subject, prefixes: Prefixes): boolean =>
  kind === 'ServiceAccount' || name.startsWith('system:serviceaccount') || prefixes[kind].some((prefix) => name.startsWith(prefix))

function withoutPrefix({ metadata, spec }: AccessPolicy, prefixes: Prefixes): readonly Finding[] {
  const unknown = spec.subjects.filter((subject) => !isKnown(subject, prefixes))
  if (unknown.length === 0) return []
  const names = unknown.map(({ kind, name }) => `${kind} "${name}"`).join(', ')
  const known = [...new Set([...prefixes.User, ...prefixes.Group])]
  return [
    warning(
      `policy "${metadata.name}": no token issuer of the gateway gives ${names} its prefix, so the policy finds no agent by it${known.length === 0 ? '' : ` (prefixes: ${known.join(', ')})`}`,
      `kubectl edit accesspolicy ${metadata.name}: write the name with the prefix of its issuer; leave it if it names a user that does not use the gateway`,
    ),
  ]
}

/** Whether the subjects of policies have the prefix of a token issuer: a group without it is a frequent mistake, and governs nobody. */
export async function checkSubjectPrefixes(cluster: Cluster): Promise<readonly Finding[]> {
  const [policies, map] = await Promise.all([
    cluster.list<AccessPolicy>(POLICIES_PATH),
    cluster.read<{ readonly data?: { readonly [file: string]: string } }>(CONFIG_MAP),
  ])
  if (policies.is !== 'there') return [unreadableFinding('AccessPolicies', policies)]
  if (map.is === 'unreadable') return [unreadableFinding('the ConfigMap gateway-issuers', map)]
  const { prefixes, unreadable } = prefixesIn(map.is === 'there' ? (map.value.data ?? {}) : {})
  const findings = [
    ...unreadable.map((file) => bad(`"${file}" in the ConfigMap gateway-issuers is not a YAML object`, 'see manifests/samples/gateway-issuers.yaml')),
    ...policies.value.flatMap((policy) => withoutPrefix(policy, prefixes)),
  ]
  return findings.length > 0 ? findings : [good('every subject of a policy is a ServiceAccount, or has the prefix of a token issuer')]
}
