import { gain, kindOfGain, type Gain } from '../gain.ts'
import type { RequestInfo } from '../request-info.ts'
import { fieldsAt, isFields, itemsAt, textAt, type Fields } from './fields.ts'
import { mayHoldPods } from './holds-pods.ts'
import { addNode, NODE_FIELDS } from './pod-spec.ts'
import { noPowers, type Powers } from './powers.ts'
import { addVolume, mountsTokenAsAdmission, OWN_TOKEN } from './volumes.ts'

/** Objects and lists in one object. kube-apiserver stores at most 1.5 MiB; a large Deployment has 500. */
const MAX_NODES = 100_000
/** Gains that are named one by one. What a rule of an AccessRequest takes is 64. */
const MAX_NAMED = 32
/** What a field of an AccessRequest takes. */
const NAMEABLE = /^[ !#-~]{1,253}$/

const isTextMap = (value: unknown): boolean => isFields(value) && Object.values(value).every((each) => typeof each === 'string')
/** Maps whose keys are chosen by whoever writes them, and no fields. */
const FREE_MAPS: ReadonlySet<string> = new Set(['labels', 'annotations', 'matchLabels', 'nodeSelector'])

const OF_THE_OBJECT: ReadonlySet<string> = new Set(['metadata', 'status'])

/** Metadata and status of the object itself describe it and give nothing. */
const isLookedInto = (key: string, value: object, isRoot: boolean): boolean =>
  !(isRoot && OF_THE_OBJECT.has(key)) && !(FREE_MAPS.has(key) && isTextMap(value))

const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Looks at one node, and puts those in it on the list. Runs once for each node, so it makes no lists of its own. */
function addOne(node: Fields, left: object[], by: { readonly powers: Powers; readonly isRoot: boolean }): void {
  let isKnown = false
  for (const key of Object.keys(node)) {
    const value = node[key]
    isKnown ||= NODE_FIELDS.has(key)
    if (isNode(value) && isLookedInto(key, value, by.isRoot)) left.push(value)
  }
  if (isKnown) addNode(node, by.powers)
}

/** Adds what all nodes below give. @returns whether all could be looked at */
function addAll(root: Fields, powers: Powers): boolean {
  const left: object[] = [root]
  for (let seen = 0; seen < MAX_NODES; seen++) {
    const next = left.pop()
    if (next === undefined) return true
    if (isFields(next)) addOne(next, left, { powers, isRoot: next === root })
    else for (const value of next as readonly unknown[]) if (isNode(value)) left.push(value)
  }
  return left.length === 0
}

/**
 * kube-apiserver copies the pull Secrets of the account into every new pod, and mounts its token where the pod does not rule it out: nobody
 * could tell who named them. It does so in no template.
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

/** What a server answers that does not show the object: not what was written. */
const isStatus = ({ kind, apiVersion }: Fields): boolean => kind === 'Status' && apiVersion === 'v1'

/** Undefined when it cannot be looked through. */
function powersOf(object: unknown): Powers | undefined {
  if (!isFields(object) || isStatus(object)) return undefined
  const powers = noPowers()
  if (!addAll(object, powers)) return undefined
  if (textAt(object, 'kind') === 'PersistentVolume') addVolume(fieldsAt(object, 'spec'), powers)
  withoutAdmitted(object, powers)
  return powers
}

/** What a privileged container has by itself. */
const OF_PRIVILEGED: ReadonlySet<string> = new Set(['Capability', 'Seccomp', 'AppArmor', 'SELinux', 'ProcMount', 'PrivilegeEscalation'])

/** Whether a power was there before: itself, or a larger one. */
function had(before: ReadonlySet<Gain>, one: Gain): boolean {
  if (before.has(one)) return true
  const kind = kindOfGain(one)
  if (OF_PRIVILEGED.has(kind) && before.has('Privileged')) return true
  if (kind === 'Capability') return before.has(gain('Capability', 'ALL'))
  const cut = one.lastIndexOf(':')
  return kind === 'Secret' && cut > 0 && before.has(one.slice(0, cut))
}

/** As many as can be named; more of one kind become the kind alone, which stands for all of it. */
function named(gains: readonly Gain[]): readonly Gain[] {
  const short = gains.length > MAX_NAMED ? gains.map(kindOfGain) : gains.map((one) => (NAMEABLE.test(one) ? one : kindOfGain(one)))
  return [...new Set(short)].sort()
}

/** What cannot be looked through counts as a gain, so that it needs an approval. */
export const UNREADABLE: readonly Gain[] = [gain('Unreadable')]

/**
 * The powers that a request gives to the pods of its object; see gainsOf. That a debug container is added by `pods/ephemeralcontainers` is said by
 * its name, so only what that container can do counts.
 */
export function gainsOfRequest(info: RequestInfo, object: unknown, oldObject: unknown): readonly Gain[] {
  if (!mayHoldPods(info)) return []
  const gains = gainsOf(object, oldObject)
  return info.subresource === 'ephemeralcontainers' ? gains.filter((one) => kindOfGain(one) !== 'EphemeralContainer') : gains
}

/**
 * The powers that a write gives to the pods of an object: those that `object` has and `oldObject` has not, sorted. Empty for an ordinary write. Powers
 * are those of the object as a whole: what one of its containers could do before, another may do now, since image and command may change as well.
 * A new object is compared with an ordinary pod: what every pod has when nothing is said is no gain.
 * Not seen: a template inside of a string, and powers that a controller adds when it makes pods.
 * @param oldObject the live object; undefined when the write creates it
 */
export function gainsOf(object: unknown, oldObject: unknown): readonly Gain[] {
  const now = powersOf(object)
  if (now === undefined) return UNREADABLE
  if (now.given.size === 0 && now.notRuledOut.size === 0) return []
  const before = oldObject === undefined ? noPowers() : powersOf(oldObject)
  if (before === undefined) return UNREADABLE
  const all = new Set([...before.given, ...before.notRuledOut])
  const gained = [...now.given].filter((one) => !had(all, one))
  const loosened = before.hasPods ? [...now.notRuledOut].filter((one) => !had(all, one)) : []
  return named([...new Set([...gained, ...loosened])])
}
