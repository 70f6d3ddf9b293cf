import type { RequestInfo } from '../../request-info.ts'

/**
 * Cluster-scoped resources of Kubernetes 1.37 and jit-access, as `RESOURCE[.GROUP]`. Custom resources are in no table and are treated as namespaced.
 */
const RESOURCES: ReadonlySet<string> = new Set([
  'componentstatuses',
  'namespaces',
  'nodes',
  'persistentvolumes',
  'certificatesigningrequests.certificates.k8s.io',
  'clustertrustbundles.certificates.k8s.io',
  'gatewayclasses.gateway.networking.k8s.io',
  'nodes.metrics.k8s.io',
  'ingressclasses.networking.k8s.io',
  'ipaddresses.networking.k8s.io',
  'servicecidrs.networking.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'deviceclasses.resource.k8s.io',
  'devicetaintrules.resource.k8s.io',
  'resourceslices.resource.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
])

/** Groups in which every resource is cluster-scoped. */
const GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'jit.access',
  'node.k8s.io',
  'storagemigration.k8s.io',
])

/** deletecollection is absent: kube-apiserver serves no such path across namespaces. */
const COLLECTION: ReadonlySet<string> = new Set(['list', 'watch'])

/** Whether a request reads the objects of every namespace at once, as `kubectl get pods --all-namespaces` does. */
export function isAcrossNamespaces({ verb, apiGroup, resource, namespace }: RequestInfo): boolean {
  if (namespace !== '' || !COLLECTION.has(verb)) return false
  return !GROUPS.has(apiGroup) && !RESOURCES.has(apiGroup === '' ? resource : `${resource}.${apiGroup}`)
}
