import { gain } from '../api/gain.ts'
import { fieldsAt, isFields, itemsAt, textAt, type Fields } from './json-fields.ts'
import type { Powers } from './powers.ts'
import { addNotRuledOut, addSecurityContext } from './security-context.ts'
import { addVolume, addVolumeSource, addWritablePaths, hostPathsOf, secretGain, secretKeyGain } from './volumes.ts'

const CONTAINERS = ['containers', 'initContainers', 'ephemeralContainers'] as const
const HOST_NAMESPACES = { hostNetwork: 'network', hostPID: 'pid', hostIPC: 'ipc' } as const
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/'

/** `serviceAccountName`, or its deprecated name; in custom resources also `serviceAccount: {name}`. */
const accountsOf = (node: Fields): readonly string[] =>
  [textAt(node, 'serviceAccountName'), textAt(node, 'serviceAccount'), textAt(fieldsAt(node, 'serviceAccount'), 'name')].filter((name) => name !== '')

function addAccount(node: Fields, { given }: Powers): void {
  for (const name of accountsOf(node)) if (name !== 'default') given.add(gain('ServiceAccount', name))
  if (node['automountServiceAccountToken'] === true) given.add(gain('ServiceAccountToken', 'automount'))
}

function addHost(node: Fields, { given }: Powers): void {
  for (const [field, name] of Object.entries(HOST_NAMESPACES)) if (node[field] === true) given.add(gain('HostNamespace', name))
  for (const port of itemsAt(node, 'ports')) {
    const { hostPort = 0, protocol = 'TCP' } = port
    if (typeof hostPort === 'number' && hostPort !== 0) given.add(gain('HostPort', `${hostPort}/${String(protocol)}`))
  }
  for (const call of ['httpGet', 'tcpSocket']) {
    const host = textAt(fieldsAt(node, call), 'host')
    if (host !== '') given.add(gain('HostProbe', host))
  }
}

function addSecrets(node: Fields, { given }: Powers): void {
  // Entries of env are nodes as well.
  for (const each of secretKeyGain(fieldsAt(fieldsAt(node, 'valueFrom'), 'secretKeyRef'))) given.add(each)
  for (const source of itemsAt(node, 'envFrom')) for (const each of secretGain(fieldsAt(source, 'secretRef'))) given.add(each)
}

function addAnnotations(node: Fields, { given }: Powers): void {
  for (const [key, value] of Object.entries(fieldsAt(fieldsAt(node, 'metadata'), 'annotations')))
    if (key.startsWith(APPARMOR_ANNOTATION) && value === 'unconfined') given.add(gain('AppArmor', 'Unconfined'))
}

/** Powers that an ordinary pod has by default. */
function addPodDefaults(pod: Fields, { notRuledOut }: Powers): void {
  const accounts = accountsOf(pod)
  if (accounts.length === 0 || accounts.includes('default')) notRuledOut.add(gain('ServiceAccount', 'default'))
  if (pod['automountServiceAccountToken'] !== false) notRuledOut.add(gain('ServiceAccountToken', 'unless the account says no'))
  if (pod['hostUsers'] !== false) notRuledOut.add(gain('HostNamespace', 'user'))
  notRuledOut.add(gain('RuntimeClass', textAt(pod, 'runtimeClassName') || 'none'))
}

/** Adds the powers of a node with containers. */
function addPod(pod: Fields, powers: Powers): void {
  const containers = CONTAINERS.flatMap((key) => itemsAt(pod, key))
  if (containers.length === 0) return
  powers.hasPods = true
  addPodDefaults(pod, powers)
  const hostPaths = hostPathsOf(pod)
  for (const container of containers) {
    addNotRuledOut(pod, container, powers)
    addWritablePaths(hostPaths, container, powers)
  }
  for (const { name } of itemsAt(pod, 'ephemeralContainers')) powers.given.add(gain('EphemeralContainer', String(name)))
}

/** Every node for which `addNode` finds a power has at least one of these fields. Most nodes have none. */
export const NODE_FIELDS: ReadonlySet<string> = new Set([
  ...CONTAINERS,
  ...Object.keys(HOST_NAMESPACES),
  'appArmorProfile',
  'automountServiceAccountToken',
  'capabilities',
  'csi',
  'envFrom',
  'hostPath',
  'httpGet',
  'imagePullSecrets',
  'metadata',
  'ports',
  'privileged',
  'procMount',
  'projected',
  'seLinuxOptions',
  'seccompProfile',
  'secret',
  'serviceAccount',
  'serviceAccountName',
  'sysctls',
  'tcpSocket',
  'valueFrom',
  'volumes',
  'windowsOptions',
])

/**
 * Adds the powers of one node of an object, by its fields alone: a pod spec, a container, a securityContext, a volume, a probe, or anything in a
 * custom resource with the same fields. Called for each node of the object, so that a template is found wherever it is.
 */
export function addNode(node: Fields, powers: Powers): void {
  addAccount(node, powers)
  addHost(node, powers)
  addSecrets(node, powers)
  addAnnotations(node, powers)
  addSecurityContext(node, powers)
  addVolumeSource(node, powers)
  for (const volume of itemsAt(node, 'volumes')) addVolume(volume, powers)
  for (const secret of pullSecretsOf(node)) powers.given.add(gain('PullSecret', secret))
  addPod(node, powers)
}

/** Pull Secrets as `{name}` or, in some custom resources, as plain names. */
function pullSecretsOf(node: Fields): readonly string[] {
  const { imagePullSecrets } = node
  const names = Array.isArray(imagePullSecrets) ? (imagePullSecrets as readonly unknown[]) : []
  return names.map((each) => (isFields(each) ? textAt(each, 'name') : typeof each === 'string' ? each : '')).filter((name) => name !== '')
}
