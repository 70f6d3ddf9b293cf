/** A resource as discovery reports it. */
export type ApiResource = {
  readonly resource: string
  readonly group: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
}

const of = (
  group: string,
  rows: readonly (readonly [resource: string, kind: string, namespaced: boolean, shortNames?: readonly string[]])[],
): readonly ApiResource[] => rows.map(([resource, kind, namespaced, shortNames = []]) => ({ resource, group, kind, namespaced, shortNames }))

/** Resources that every Kubernetes cluster serves. They save common requests a discovery call; anything else is looked up in the cluster. */
export const KNOWN_RESOURCES: readonly ApiResource[] = [
  ...of('', [
    ['configmaps', 'ConfigMap', true, ['cm']],
    ['endpoints', 'Endpoints', true, ['ep']],
    ['events', 'Event', true, ['ev']],
    ['limitranges', 'LimitRange', true, ['limits']],
    ['namespaces', 'Namespace', false, ['ns']],
    ['nodes', 'Node', false, ['no']],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', true, ['pvc']],
    ['persistentvolumes', 'PersistentVolume', false, ['pv']],
    ['pods', 'Pod', true, ['po']],
    ['replicationcontrollers', 'ReplicationController', true, ['rc']],
    ['resourcequotas', 'ResourceQuota', true, ['quota']],
    ['secrets', 'Secret', true],
    ['serviceaccounts', 'ServiceAccount', true, ['sa']],
    ['services', 'Service', true, ['svc']],
  ]),
  ...of('apps', [
    ['controllerrevisions', 'ControllerRevision', true],
    ['daemonsets', 'DaemonSet', true, ['ds']],
    ['deployments', 'Deployment', true, ['deploy']],
    ['replicasets', 'ReplicaSet', true, ['rs']],
    ['statefulsets', 'StatefulSet', true, ['sts']],
  ]),
  ...of('batch', [
    ['cronjobs', 'CronJob', true, ['cj']],
    ['jobs', 'Job', true],
  ]),
  ...of('autoscaling', [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', true, ['hpa']]]),
  ...of('policy', [['poddisruptionbudgets', 'PodDisruptionBudget', true, ['pdb']]]),
  ...of('networking.k8s.io', [
    ['ingresses', 'Ingress', true, ['ing']],
    ['ingressclasses', 'IngressClass', false],
    ['networkpolicies', 'NetworkPolicy', true, ['netpol']],
  ]),
  ...of('storage.k8s.io', [['storageclasses', 'StorageClass', false, ['sc']]]),
  ...of('rbac.authorization.k8s.io', [
    ['clusterrolebindings', 'ClusterRoleBinding', false],
    ['clusterroles', 'ClusterRole', false],
    ['rolebindings', 'RoleBinding', true],
    ['roles', 'Role', true],
  ]),
]
