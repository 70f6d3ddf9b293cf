import { gain } from '../gain.ts'
import { fieldsAt, itemsAt, textAt, type Fields } from './fields.ts'
import type { Powers } from './powers.ts'

/** What containers have without asking: the capabilities that the baseline of the Pod Security Standards lets them add. */
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

const capabilityName = (name: string): string => name.toUpperCase().replace(/^CAP_/, '')

function capabilitiesAt(context: Fields, key: 'add' | 'drop'): readonly string[] {
  const names = fieldsAt(context, 'capabilities')[key]
  return Array.isArray(names) ? (names as readonly unknown[]).filter((name) => typeof name === 'string').map(capabilityName) : []
}

function addProfiles(context: Fields, { given }: Powers): void {
  if (textAt(fieldsAt(context, 'seccompProfile'), 'type') === 'Unconfined') given.add(gain('Seccomp', 'Unconfined'))
  if (textAt(fieldsAt(context, 'appArmorProfile'), 'type') === 'Unconfined') given.add(gain('AppArmor', 'Unconfined'))
  const { type = '', user = '', role = '' } = fieldsAt(context, 'seLinuxOptions')
  if (typeof type === 'string' && !SELINUX_TYPES.has(type)) given.add(gain('SELinux', type))
  if (typeof user === 'string' && user !== '') given.add(gain('SELinux', `user ${user}`))
  if (typeof role === 'string' && role !== '') given.add(gain('SELinux', `role ${role}`))
  const procMount = textAt(context, 'procMount')
  if (procMount !== '' && procMount !== 'Default') given.add(gain('ProcMount', procMount))
}

/** What a node gives when it is the securityContext of a pod or a container: the baseline of the Pod Security Standards. */
export function addSecurityContext(context: Fields, powers: Powers): void {
  const { given } = powers
  if (context['privileged'] === true || fieldsAt(context, 'windowsOptions')['hostProcess'] === true) given.add(gain('Privileged'))
  for (const name of capabilitiesAt(context, 'add')) if (!DEFAULT_CAPABILITIES.includes(name)) given.add(gain('Capability', name))
  for (const sysctl of itemsAt(context, 'sysctls')) {
    const name = textAt(sysctl, 'name')
    if (!SAFE_SYSCTLS.has(name)) given.add(gain('Sysctl', name))
  }
  addProfiles(context, powers)
}

/** What the runtime gives a container that does not drop it, and what it adds of that. */
function defaultCapabilities(context: Fields): readonly string[] {
  const dropped = new Set(capabilitiesAt(context, 'drop'))
  const added = new Set(capabilitiesAt(context, 'add'))
  const kept = (name: string): boolean => added.has(name) || added.has('ALL') || !(dropped.has(name) || dropped.has('ALL'))
  return DEFAULT_CAPABILITIES.filter(kept)
}

/** What a container may do because neither it nor its pod rules it out: the restricted profile of the Pod Security Standards. */
export function addNotRuledOut(pod: Fields, container: Fields, { notRuledOut }: Powers): void {
  const ofPod = fieldsAt(pod, 'securityContext')
  const own = fieldsAt(container, 'securityContext')
  const runAsUser = own['runAsUser'] ?? ofPod['runAsUser']
  const isRoot = runAsUser === 0
  if (isRoot) notRuledOut.add(gain('RunAsRoot', '0'))
  if (isRoot || (typeof runAsUser !== 'number' && (own['runAsNonRoot'] ?? ofPod['runAsNonRoot']) !== true)) notRuledOut.add(gain('RunAsRoot'))
  if (own['allowPrivilegeEscalation'] !== false) notRuledOut.add(gain('PrivilegeEscalation'))
  const seccomp = textAt(fieldsAt(own, 'seccompProfile'), 'type') || textAt(fieldsAt(ofPod, 'seccompProfile'), 'type')
  if (seccomp === '') notRuledOut.add(gain('Seccomp', 'unset'))
  for (const name of defaultCapabilities(own)) notRuledOut.add(gain('Capability', name))
}
