import type { RequestInfo } from '../request-info.ts'

/** Resources of kube-apiserver that contain a pod template. A ControllerRevision contains one of a StatefulSet or DaemonSet. */
const BUILT_IN: ReadonlySet<string> = new Set([
  '/pods',
  '/podtemplates',
  '/replicationcontrollers',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'apps/daemonsets',
  'apps/controllerrevisions',
  'batch/jobs',
  'batch/cronjobs',
  // Contains no pod, but bypasses hostPath: its creator can mount a path of the node through a claim.
  '/persistentvolumes',
])

/** Groups of kube-apiserver and jit-access. The contents of objects of all other groups are unknown, so they are inspected. */
const BUILT_IN_GROUPS: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'jit.access',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
])

/** Subresources whose write can change a pod spec. `scale` and `status` cannot, and the others write no object. */
const WRITES_SPEC: ReadonlySet<string> = new Set(['', 'ephemeralcontainers', 'resize'])
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch'])

/** Whether a group belongs to kube-apiserver or jit-access. */
export const isBuiltIn = ({ apiGroup }: Pick<RequestInfo, 'apiGroup'>): boolean => BUILT_IN_GROUPS.has(apiGroup)

/** Whether a request is about a Namespace object, whose labels say what its pods may do at most. */
export const isNamespace = ({ apiGroup, resource }: Pick<RequestInfo, 'apiGroup' | 'resource'>): boolean =>
  apiGroup === '' && resource === 'namespaces'

/** kube-apiserver keeps the labels that a write of the status or a finalize sends. */
const WRITES_LABELS: ReadonlySet<string> = new Set(['', 'status', 'finalize'])

/**
 * Whether a request may change a pod or a pod template, or what the pods of a namespace may do, so that its object must be inspected. Always true for
 * writes of custom resources.
 */
export function mayHoldPods(info: RequestInfo): boolean {
  const { isResourceRequest, verb, apiGroup, resource, subresource } = info
  if (!isResourceRequest || !WRITES.has(verb)) return false
  if (isNamespace(info)) return WRITES_LABELS.has(subresource)
  if (!WRITES_SPEC.has(subresource)) return false
  return BUILT_IN.has(`${apiGroup}/${resource}`) || !isBuiltIn(info)
}
