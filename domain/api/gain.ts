/**
 * A power that a write adds to a workload: `KIND` or `KIND=DETAIL`, such as `Privileged`, `Secret=db` or `HostPath=/var/log`. Policies and grants use
 * the same notation.
 */
export type Gain = string

/** Every kind of gain, and what it allows a workload to do. docs/reference/gains.md lists these texts. */
export const GAIN_KINDS = {
  Privileged: 'A privileged container, or a Windows HostProcess container: root on the node.',
  HostNamespace: "The node's namespaces: `network`, `pid`, `ipc` or `user` (hostNetwork, hostPID, hostIPC, hostUsers).",
  HostPath:
    'A path of the node, in a hostPath volume or a PersistentVolume of type hostPath or local; `(writable)` when it is not mounted read-only.',
  HostPort: 'A port of the node, as `8080/TCP`.',
  HostProbe: 'A host that a probe or a lifecycle hook calls from the node.',
  Capability: 'A Linux capability, without its prefix CAP_.',
  Seccomp: '`Unconfined`, or `unset` where a profile was set before.',
  AppArmor: '`Unconfined`.',
  SELinux: 'A type that containers do not have by default, or a user or role.',
  ProcMount: '`Unmasked`.',
  Sysctl: 'A sysctl that is not namespaced or not safe.',
  RunAsRoot: 'Root in the container, where it was not allowed before; `0` when user 0 is set.',
  PrivilegeEscalation: 'allowPrivilegeEscalation, where it was false before.',
  ServiceAccount:
    'Another ServiceAccount; `gmsa NAME` for a group-managed service account of Windows, with a hash of its specification where the object holds that.',
  ServiceAccountToken:
    'A token of the ServiceAccount: `automount` where it was not mounted before, or the audience of a projected one; `pod certificate`, and `pod certificate SIGNER`, for a projected certificate.',
  Secret: 'A Secret, by volume, projected volume, env, envFrom or the secretRef of a volume; `NAME:KEY` for one key.',
  PullSecret: 'A Secret in imagePullSecrets.',
  Volume:
    'An inline CSI volume with its attributes, as `NAME:(as before)` where the object had the same attribute; or a type of volume that the Pod Security Standards do not list, where there was none before.',
  RuntimeClass: 'Another runtimeClassName, or `none` where there was one before.',
  EphemeralContainer: 'An ephemeral container.',
  PodSecurity:
    'A level of the Pod Security Standards for all pods of a Namespace that may be less strict than before, by its label `pod-security.kubernetes.io/enforce`; `none` where the label was removed.',
  Unreadable: 'The write cannot be inspected: it is not an object, has more than 100 000 fields, or cannot be dry-run.',
} as const satisfies { readonly [kind: string]: string }
export type GainKind = keyof typeof GAIN_KINDS

/** Pattern of a gain, for schemas. */
export const GAIN_PATTERN = `^(${Object.keys(GAIN_KINDS).join('|')})(=[ !#-~]+)?$`

export const gain = (kind: GainKind, detail?: string): Gain => (detail === undefined ? kind : `${kind}=${detail}`)

export function kindOfGain(one: Gain): string {
  const cut = one.indexOf('=')
  return cut < 0 ? one : one.slice(0, cut)
}

/** Whether a name in a policy or grant covers a gain. A kind covers all of its details; a Secret covers its keys. */
export const coversGain = (name: string, one: Gain): boolean =>
  name === one || name === kindOfGain(one) || (name.startsWith('Secret=') && one.startsWith(`${name}:`))

export const coversGains = (names: readonly string[] | undefined, gains: readonly Gain[]): boolean =>
  gains.every((one) => names?.some((name) => name === '*' || coversGain(name, one)) === true)
