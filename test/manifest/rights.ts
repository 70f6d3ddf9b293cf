import type { Manifest } from './overlay.ts'

type Rule = {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}
type Binding = Manifest & {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}

export const rulesOf = (role: Manifest): readonly Rule[] => (role['rules'] ?? []) as readonly Rule[]

/** A rule in one line: `VERBS RESOURCES [of GROUPS] [named NAMES]`. */
function inWords({ verbs, apiGroups = [], resources = [], resourceNames, nonResourceURLs }: Rule): string {
  const groups = apiGroups.map((group) => (group === '' ? 'core' : group)).join(',')
  const what = nonResourceURLs === undefined ? `${resources.join(',')} of ${groups}` : nonResourceURLs.join(',')
  return `${verbs.join(',')} ${what}${resourceNames === undefined ? '' : ` named ${resourceNames.join(',')}`}`
}

/** All permissions that the manifests give a ServiceAccount of jit-system, and where; Kubernetes' own roles by name. */
export function rightsOf(manifests: readonly Manifest[], account: string): readonly string[] {
  const bindings = manifests.filter(({ kind }) => kind.endsWith('RoleBinding')) as unknown as readonly Binding[]
  return bindings
    .filter(({ subjects = [] }) =>
      subjects.some(({ kind, name, namespace }) => kind === 'ServiceAccount' && name === account && namespace === 'jit-system'),
    )
    .flatMap(({ roleRef, metadata }) => {
      const where = metadata.namespace === undefined ? 'cluster' : metadata.namespace
      const role = manifests.find(
        ({ kind, metadata: found }) =>
          kind === roleRef.kind && found.name === roleRef.name && (kind === 'ClusterRole' || found.namespace === metadata.namespace),
      )
      return role === undefined ? [`${where}: ${roleRef.kind} ${roleRef.name}`] : rulesOf(role).map((rule) => `${where}: ${inWords(rule)}`)
    })
    .sort()
}
