import { baselineGroup, elevatedGroup } from '../../domain/api/names.ts'
import { binding, groupSubject, IMPERSONATOR, role, type RbacObject, type RbacRule } from './rbac.ts'

/** How the gateway impersonates: with the constrained verbs (Kubernetes >= 1.36) or with the classic verb `impersonate`. */
export type ImpersonationStyle = { readonly isClassic: boolean }

const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection']

/** Reads that the ClusterRole `view` does not include. Secrets are allowed because the gateway masks them. */
const READ_BESIDES_VIEW: readonly RbacRule[] = [
  { apiGroups: [''], resources: ['secrets', 'nodes', 'persistentvolumes'], verbs: ['get', 'list', 'watch'] },
]

/** The most that a grant can give. */
const CEILING: readonly RbacRule[] = [
  {
    apiGroups: [''],
    resources: ['configmaps', 'persistentvolumeclaims', 'pods', 'replicationcontrollers', 'replicationcontrollers/scale', 'secrets', 'services'],
    verbs: WRITE,
  },
  { apiGroups: [''], resources: ['pods/attach', 'pods/exec', 'pods/portforward'], verbs: ['get', 'create'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['get', 'update', 'patch'] },
  {
    apiGroups: ['apps'],
    resources: ['daemonsets', 'deployments', 'deployments/scale', 'replicasets', 'replicasets/scale', 'statefulsets', 'statefulsets/scale'],
    verbs: WRITE,
  },
  { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: WRITE },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: WRITE },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: WRITE },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
]

/** The RBAC that a policy needs: manifests/samples/policy-rbac.yaml with the name of the policy. */
export function rbacForPolicy(policy: string, { isClassic }: ImpersonationStyle): readonly RbacObject[] {
  const [baseline, elevated] = [baselineGroup(policy), elevatedGroup(policy)]
  const acts: RbacRule = {
    apiGroups: [isClassic ? '' : 'authentication.k8s.io'],
    resources: ['groups'],
    resourceNames: [baseline, elevated],
    verbs: [isClassic ? 'impersonate' : 'impersonate:user-info'],
  }
  return [
    role(`jit-impersonator:${policy}`, [acts]),
    binding(`jit-impersonator:${policy}`, IMPERSONATOR),
    binding(`jit-baseline:${policy}:agent`, groupSubject(baseline), 'jit-agent'),
    binding(`jit-baseline:${policy}:view`, groupSubject(baseline), 'view'),
    role(`jit-baseline:${policy}`, READ_BESIDES_VIEW),
    binding(`jit-baseline:${policy}`, groupSubject(baseline)),
    role(`jit-elevated:${policy}`, CEILING),
    binding(`jit-elevated:${policy}`, groupSubject(elevated)),
  ]
}

/** A kind that the installation does not know, such as a custom resource: `widgets` in `example.com`. */
export type KindName = { readonly resource: string; readonly group: string }

/**
 * The RBAC that lets agents of a policy read a kind at any time and write it under a grant: rights for the policy's two groups, and for the
 * gateway to impersonate agents on that kind. Covers the kind, its status and its scale with every read and write verb.
 */
export function rbacForKind(policy: string, { resource, group }: KindName, { isClassic }: ImpersonationStyle): readonly RbacObject[] {
  const below = `${policy}:${resource}.${group}`
  const resources = [resource, `${resource}/status`, `${resource}/scale`]
  const rule = (verbs: readonly string[]): RbacRule => ({ apiGroups: [group], resources, verbs })
  const read = ['get', 'list', 'watch']
  const acts = [...read, ...WRITE].map((verb) => `impersonate-on:user-info:${verb}`)
  return [
    // The classic verb `impersonate` is not limited to kinds.
    ...(isClassic ? [] : [role(`jit-impersonator:${below}`, [rule(acts)]), binding(`jit-impersonator:${below}`, IMPERSONATOR)]),
    role(`jit-baseline:${below}`, [rule(read)]),
    binding(`jit-baseline:${below}`, groupSubject(baselineGroup(policy))),
    role(`jit-elevated:${below}`, [rule(WRITE)]),
    binding(`jit-elevated:${below}`, groupSubject(elevatedGroup(policy))),
  ]
}
