import { baselineGroup, elevatedGroup } from '../../api/names.ts'

/** How the forwarding credential impersonates: by verbs of its own (Kubernetes >= 1.36), or by the one classic verb. */
export type ImpersonationMode = 'constrained' | 'classic'

const IMPERSONATOR = { kind: 'ServiceAccount', name: 'jit-impersonator', namespace: 'jit-system' } as const

/** Group names come from policies, and may be anything: a quote would end the shell's word, so it is written as JSON can. */
const quoted = (document: object): string => `'${JSON.stringify(document).replaceAll("'", '\\u0027')}'`

/**
 * The one line that lets the gateway impersonate a policy's groups, for any POSIX shell and every kubectl: `kubectl create clusterrole` knows
 * the constrained verbs in no release so far. Makes what manifests/samples/policy-rbac.yaml has for this, under the same names, so that
 * pasting it beside the sample changes nothing. It gives the groups no rights.
 * @param tokenGroups groups of tokens that the policy turns into Kubernetes groups
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
