import { hash } from 'node:crypto'
import { gain, type Gain, type GainKind } from '../api/gain.ts'
import { fieldsAt, isFields, itemsAt, textAt, type Fields } from './json-fields.ts'
import type { Powers } from './powers.ts'

/** Default capabilities of containers: those that the baseline profile of the Pod Security Standards lets them add. */
const DEFAULT_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
])
const SELINUX_TYPES: ReadonlySet<string> = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'])

const PROC_MOUNTS: ReadonlySet<string> = new Set(['', 'Default'])

const capabilityName = (name: string): string => name.toUpperCase().replace(/^CAP_/, '')

function capabilitiesAt(context: Fields, key: 'add' | 'drop'): readonly string[] {
  const names = fieldsAt(context, 'capabilities')[key]
  return Array.isArray(names) ? (names as readonly unknown[]).filter((name) => typeof name === 'string').map(capabilityName) : []
}

const unlessIn = (usual: ReadonlySet<string>, text: string, kind: GainKind): readonly Gain[] => (usual.has(text) ? [] : [gain(kind, text)])

const isUnconfined = (context: Fields, profile: string): boolean => textAt(fieldsAt(context, profile), 'type') === 'Unconfined'

function profileGains(context: Fields): readonly Gain[] {
  const selinux = fieldsAt(context, 'seLinuxOptions')
  return [
    ...(isUnconfined(context, 'seccompProfile') ? [gain('Seccomp', 'Unconfined')] : []),
    ...(isUnconfined(context, 'appArmorProfile') ? [gain('AppArmor', 'Unconfined')] : []),
    ...unlessIn(SELINUX_TYPES, textAt(selinux, 'type'), 'SELinux'),
    ...(['user', 'role'] as const).flatMap((field) => (textAt(selinux, field) === '' ? [] : [gain('SELinux', `${field} ${textAt(selinux, field)}`)])),
    ...unlessIn(PROC_MOUNTS, textAt(context, 'procMount'), 'ProcMount'),
  ]
}

/** The account of Active Directory that the processes of a Windows container act as, by the name or the content of its specification. */
function gmsaGains(windows: Fields): readonly Gain[] {
  const [name, spec] = [textAt(windows, 'gmsaCredentialSpecName'), textAt(windows, 'gmsaCredentialSpec')]
  return [
    ...(name === '' ? [] : [gain('ServiceAccount', `gmsa ${name}`)]),
    ...(spec === '' ? [] : [gain('ServiceAccount', `gmsa ${hash('sha256', spec, 'hex').slice(0, 16)}`)]),
  ]
}

/** The powers of a node that is the securityContext of a pod or a container, by the baseline profile of the Pod Security Standards. */
export function addSecurityContext(context: Fields, { given }: Powers): void {
  const windows = fieldsAt(context, 'windowsOptions')
  if (context['privileged'] === true || windows['hostProcess'] === true) given.add(gain('Privileged'))
  for (const each of gmsaGains(windows)) given.add(each)
  for (const name of capabilitiesAt(context, 'add')) if (!DEFAULT_CAPABILITIES.includes(name)) given.add(gain('Capability', name))
  for (const sysctl of itemsAt(context, 'sysctls')) {
    const name = textAt(sysctl, 'name')
    if (!SAFE_SYSCTLS.has(name)) given.add(gain('Sysctl', name))
  }
  for (const each of profileGains(context)) given.add(each)
}

/** Default capabilities that a container does not drop, or adds again. */
function defaultCapabilities(context: Fields): readonly string[] {
  const dropped = new Set(capabilitiesAt(context, 'drop'))
  const added = new Set(capabilitiesAt(context, 'add'))
  const kept = (name: string): boolean => added.has(name) || added.has('ALL') || !(dropped.has(name) || dropped.has('ALL'))
  return DEFAULT_CAPABILITIES.filter(kept)
}

/** `0` when user 0 is set. Otherwise the image decides, unless root is disallowed. */
function rootGains(own: Fields, ofPod: Fields): readonly Gain[] {
  const runAsUser = own['runAsUser'] ?? ofPod['runAsUser']
  if (runAsUser === 0) return [gain('RunAsRoot'), gain('RunAsRoot', '0')]
  const isRuledOut = typeof runAsUser === 'number' || (own['runAsNonRoot'] ?? ofPod['runAsNonRoot']) === true
  return isRuledOut ? [] : [gain('RunAsRoot')]
}

/** Powers that a container has because neither it nor its pod disallows them, by the restricted profile of the Pod Security Standards. */
export function addNotRuledOut(pod: Fields, container: Fields, { notRuledOut }: Powers): void {
  const ofPod = fieldsAt(pod, 'securityContext')
  const own = fieldsAt(container, 'securityContext')
  for (const each of rootGains(own, ofPod)) notRuledOut.add(each)
  if (own['allowPrivilegeEscalation'] !== false) notRuledOut.add(gain('PrivilegeEscalation'))
  if (!isFields(own['seccompProfile']) && !isFields(ofPod['seccompProfile'])) notRuledOut.add(gain('Seccomp', 'unset'))
  for (const name of defaultCapabilities(own)) notRuledOut.add(gain('Capability', name))
}
