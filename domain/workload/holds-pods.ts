import type { RequestInfo } from '../request-info.ts'

/** Resources of kube-apiserver itself that hold a pod template. A ControllerRevision holds one of a StatefulSet or DaemonSet. */
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
  // No pod, but the way around hostPath: whoever may make one may mount a path of the node by a claim.
  '/persistentvolumes',
])

/** Groups of kube-apiserver, and ours. Of all others nobody knows beforehand what their objects hold, so each is looked through. */
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

/** Subresources whose write can change a pod's spec. `scale` and `status` cannot, and the others write no object. */
const WRITES_SPEC: ReadonlySet<string> = new Set(['', 'ephemeralcontainers', 'resize'])
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch'])

/** Whether a group is one of kube-apiserver's own, or ours. */
export const isBuiltIn = ({ apiGroup }: Pick<RequestInfo, 'apiGroup'>): boolean => BUILT_IN_GROUPS.has(apiGroup)

/** Whether a request may change a pod or a pod template, so that its object has to be looked at. Custom resources count until they are. */
export function mayHoldPods(info: RequestInfo): boolean {
  const { isResourceRequest, verb, apiGroup, resource, subresource } = info
  if (!isResourceRequest || !WRITES.has(verb) || !WRITES_SPEC.has(subresource)) return false
  return BUILT_IN.has(`${apiGroup}/${resource}`) || !isBuiltIn(info)
}
