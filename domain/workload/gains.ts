import { gain, kindOfGain, type Gain } from '../api/gain.ts'
import type { RequestInfo } from '../request-info.ts'
import { fieldsAt, isFields, itemsAt, textAt, type Fields } from './json-fields.ts'
import { isNamespace, mayHoldPods } from './holds-pods.ts'
import { addNode, NODE_FIELDS } from './pod-spec.ts'
import { podSecurityGains } from './pod-security.ts'
import { noPowers, type Powers } from './powers.ts'
import { addVolume, mountsTokenAsAdmission, OWN_TOKEN, shownGain } from './volumes.ts'

/** Maximum number of objects and lists in one object. kube-apiserver stores at most 1.5 MiB; a large Deployment has 500. */
const MAX_NODES = 100_000
/** Maximum number of gains with details. A rule of an AccessRequest accepts 64. */
const MAX_NAMED = 32
/** Values that a field of an AccessRequest accepts. */
const NAMEABLE = /^[ !#-~]{1,253}$/

const isTextMap = (value: unknown): boolean => isFields(value) && Object.values(value).every((each) => typeof each === 'string')
/** Maps whose keys are chosen by the author of the object and are not fields. */
const FREE_MAPS: ReadonlySet<string> = new Set(['labels', 'annotations', 'matchLabels', 'nodeSelector'])

const OF_THE_OBJECT: ReadonlySet<string> = new Set(['metadata', 'status'])

/** Metadata and status of the object itself give no power. */
const isInspected = (key: string, value: object, isRoot: boolean): boolean =>
  !(isRoot && OF_THE_OBJECT.has(key)) && !(FREE_MAPS.has(key) && isTextMap(value))

const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Inspects one node and appends its child nodes to the list. Runs once for each node, so it allocates no lists. */
function addOne(node: Fields, pending: object[], by: { readonly powers: Powers; readonly isRoot: boolean }): void {
  let isKnown = false
  for (const key of Object.keys(node)) {
    const value = node[key]
    isKnown ||= NODE_FIELDS.has(key)
    if (isNode(value) && isInspected(key, value, by.isRoot)) pending.push(value)
  }
  if (isKnown) addNode(node, by.powers)
}

/** Adds the powers of all nodes below. @returns whether all nodes could be inspected */
function addAll(root: Fields, powers: Powers): boolean {
  const pending: object[] = [root]
  for (let seen = 0; seen < MAX_NODES; seen++) {
    const next = pending.pop()
    if (next === undefined) return true
    if (isFields(next)) addOne(next, pending, { powers, isRoot: next === root })
    else for (const value of next as readonly unknown[]) if (isNode(value)) pending.push(value)
  }
  return pending.length === 0
}

/**
 * kube-apiserver copies the pull Secrets of the account into every new pod, and mounts its token unless the pod disables that. Their origin cannot be
 * determined afterwards. It does this only in pods, not in templates.
 */
function withoutAdmitted(root: Fields, powers: Powers): void {
  if (root['kind'] !== 'Pod' || root['apiVersion'] !== 'v1') return
  const pod = fieldsAt(root, 'spec')
  const mounts = pod['automountServiceAccountToken'] !== false && mountsTokenAsAdmission(itemsAt(pod, 'volumes'))
  for (const one of powers.given)
    if (kindOfGain(one) === 'PullSecret' || (mounts && one === OWN_TOKEN)) {
      powers.given.delete(one)
      powers.notRuledOut.add(one)
    }
}

/** A Status instead of the object: the response of a server that does not return what was written. */
const isStatus = ({ kind, apiVersion }: Fields): boolean => kind === 'Status' && apiVersion === 'v1'

/** Undefined when the object cannot be inspected. */
function powersOf(object: unknown): Powers | undefined {
  if (!isFields(object) || isStatus(object)) return undefined
  const powers = noPowers()
  if (!addAll(object, powers)) return undefined
  if (textAt(object, 'kind') === 'PersistentVolume') addVolume(fieldsAt(object, 'spec'), powers)
  withoutAdmitted(object, powers)
  return powers
}

/** Powers that a privileged container includes. */
const OF_PRIVILEGED: ReadonlySet<string> = new Set(['Capability', 'Seccomp', 'AppArmor', 'SELinux', 'ProcMount', 'PrivilegeEscalation'])

/** Whether the power, or a larger one, existed before. */
function existedBefore(before: ReadonlySet<Gain>, one: Gain): boolean {
  if (before.has(one)) return true
  const kind = kindOfGain(one)
  if (OF_PRIVILEGED.has(kind) && before.has('Privileged')) return true
  if (kind === 'Capability') return before.has(gain('Capability', 'ALL'))
  const cut = one.lastIndexOf(':')
  return kind === 'Secret' && cut > 0 && before.has(one.slice(0, cut))
}

/**
 * Gains in a form that a rule can name. When there are too many, or when one cannot be named, it becomes its kind alone, which covers all of its
 * details.
 */
function nameable(gains: readonly Gain[]): readonly Gain[] {
  const short = gains.length > MAX_NAMED ? gains.map(kindOfGain) : gains.map((one) => (NAMEABLE.test(one) ? one : kindOfGain(one)))
  return [...new Set(short)].sort()
}

/** An object that cannot be inspected counts as a gain, so that the write needs an approval. */
export const UNREADABLE: readonly Gain[] = [gain('Unreadable')]

function gainsOfNamespace(object: unknown, oldObject: unknown): readonly Gain[] {
  const isKnown = isFields(object) && !isStatus(object) && (oldObject === undefined || isFields(oldObject))
  return isKnown ? nameable(podSecurityGains(object, oldObject)) : UNREADABLE
}

/**
 * The powers that a request adds to the pods of its object, or of its namespace; see gainsOf. The name of `pods/ephemeralcontainers` already states that a debug container
 * is added, so only the powers of that container count.
 */
export function gainsOfRequest(info: RequestInfo, object: unknown, oldObject: unknown): readonly Gain[] {
  if (!mayHoldPods(info)) return []
  if (isNamespace(info)) return gainsOfNamespace(object, oldObject)
  const gains = gainsOf(object, oldObject)
  return info.subresource === 'ephemeralcontainers' ? gains.filter((one) => kindOfGain(one) !== 'EphemeralContainer') : gains
}

/**
 * The powers that a write adds to the pods of an object: those of `object` that `oldObject` does not have, sorted. Empty for an ordinary write.
 * Powers are those of the object as a whole: a power may move between containers, since image and command may change as well. A new object is
 * compared with an ordinary pod: the defaults of every pod are not a gain. Does not detect a template in a string, nor powers that a controller adds
 * when it creates pods.
 * @param oldObject the live object; undefined when the write creates it
 */
export function gainsOf(object: unknown, oldObject: unknown): readonly Gain[] {
  const now = powersOf(object)
  if (now === undefined) return UNREADABLE
  if (now.given.size === 0 && now.notRuledOut.size === 0) return []
  const before = oldObject === undefined ? noPowers() : powersOf(oldObject)
  if (before === undefined) return UNREADABLE
  const all = new Set([...before.given, ...before.notRuledOut])
  const gained = [...now.given].filter((one) => !existedBefore(all, one))
  const loosened = before.hasPods ? [...now.notRuledOut].filter((one) => !existedBefore(all, one)) : []
  return nameable([...new Set([...gained.map((one) => shownGain(one, now, before)), ...loosened])])
}
