import { gain, type Gain } from '../api/gain.ts'
import { fieldsAt, textAt, type Fields } from './json-fields.ts'

/** The labels of a namespace by which PodSecurity admission judges its pods. */
const ENFORCE = 'pod-security.kubernetes.io/enforce'
const ENFORCE_VERSION = 'pod-security.kubernetes.io/enforce-version'

/** What pods of a namespace may do at most. Both are empty without their label: the cluster's default holds, which is not known. */
type Enforced = { readonly level: string; readonly version: string }

const STRICTNESS: Readonly<Record<string, number>> = { privileged: 0, baseline: 1, restricted: 2 }
const strictnessOf = (level: string): number => (Object.hasOwn(STRICTNESS, level) ? (STRICTNESS[level] ?? 0) : -1)

function enforcedBy(namespace: Fields): Enforced {
  const labels = fieldsAt(fieldsAt(namespace, 'metadata'), 'labels')
  return { level: textAt(labels, ENFORCE), version: textAt(labels, ENFORCE_VERSION) }
}

/** Whether the pods of the namespace may do no more than before. The default of a cluster may be any level and version, and an older version checks less. */
function isAsStrict(now: Enforced, before: Enforced): boolean {
  if (before.level === 'privileged') return true
  if (now.version !== 'latest' && now.version !== before.version) return false
  if (now.level === before.level) return true
  if (before.level === '') return now.level === 'restricted'
  return strictnessOf(before.level) >= 0 && strictnessOf(now.level) > strictnessOf(before.level)
}

/**
 * The powers that a write of a Namespace adds to its future pods: a level of the Pod Security Standards that is less strict. Other labels that an
 * admission webhook may read are not known here.
 * @param before undefined when the write creates the Namespace
 */
export function podSecurityGains(now: Fields, before: Fields | undefined): readonly Gain[] {
  const enforced = enforcedBy(now)
  if (isAsStrict(enforced, before === undefined ? { level: '', version: '' } : enforcedBy(before))) return []
  const { level, version } = enforced
  return [gain('PodSecurity', [level === '' ? 'none' : level, ...(version === '' || version === 'latest' ? [] : [version])].join(' '))]
}
