import { baselineGroup, elevatedGroup } from '../../api/names.ts'

/** How the forwarding credential impersonates: by the constrained verbs (Kubernetes >= 1.36), or by the single classic verb. */
export type ImpersonationMode = 'constrained' | 'classic'

const IMPERSONATOR = { kind: 'ServiceAccount', name: 'jit-impersonator', namespace: 'jit-system' } as const

/** Group names come from policies and may contain any character. A single quote would end the shell word, so it is written as a JSON escape. */
const quoted = (document: object): string => `'${JSON.stringify(document).replaceAll("'", '\\u0027')}'`

/**
 * The command that lets the gateway impersonate a policy's groups, for every POSIX shell and every kubectl: no release of `kubectl create
 * clusterrole` supports the constrained verbs so far. Creates the same objects under the same names as manifests/samples/policy-rbac.yaml, so that
 * running it in addition changes nothing. It gives the groups no permissions.
 * @param tokenGroups groups of tokens that the policy passes on as Kubernetes groups
 */
export function impersonationFix(
  policy: string,
  options: {
    readonly mode: ImpersonationMode
    readonly tokenGroups: readonly string[]
    readonly impersonator?: { readonly namespace: string; readonly name: string }
  },
): string {
  const name = `jit-impersonator:${policy}`
  const classic = options.mode === 'classic'
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: [
      {
        apiGroups: [classic ? '' : 'authentication.k8s.io'],
        resources: ['groups'],
        resourceNames: [baselineGroup(policy), elevatedGroup(policy), ...options.tokenGroups],
        verbs: [classic ? 'impersonate' : 'impersonate:user-info'],
      },
    ],
  }
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ ...IMPERSONATOR, ...options.impersonator }],
  }
  return `printf %s ${quoted({ apiVersion: 'v1', kind: 'List', items: [role, binding] })} | kubectl apply -f -`
}
