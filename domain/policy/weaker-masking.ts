import type { AccessPolicySpec, Exemption, PolicySubject } from '../api/access-policy.ts'

type Masking = NonNullable<AccessPolicySpec['masking']>
type HiddenFields = NonNullable<Masking['fields']>[number]

const includes = (list: readonly string[], name: string): boolean => list.includes('*') || list.includes(name)

/** Whether a path is equal to or below another: `.a` contains `.a.b` and `.a["b"]`, and not `.ab`. */
const isBelow = (path: string, other: string): boolean => path.startsWith(other) && /^($|[.[])/.test(path.slice(other.length))

/** Whether the rules still hide a path of a resource. Compares the text of paths: different spellings count as different paths. */
function stillHidden(rules: readonly HiddenFields[], field: { readonly group: string; readonly resource: string; readonly path: string }): boolean {
  return rules.some(
    ({ apiGroups = [''], resources, paths }) =>
      includes(apiGroups, field.group) && includes(resources, field.resource) && paths.some((path) => isBelow(field.path, path)),
  )
}

const keepsFields = (rules: readonly HiddenFields[], { apiGroups = [''], resources, paths }: HiddenFields): boolean =>
  apiGroups.every((group) => resources.every((resource) => paths.every((path) => stillHidden(rules, { group, resource, path }))))

/** Whether each key of an exemption was exempt before. */
const wasExempt = (before: readonly Exemption[], { namespace, secret, keys }: Exemption): boolean =>
  keys.every((key) => before.some((old) => old.namespace === namespace && old.secret === secret && old.keys.includes(key)))

const sameSubject = (one: PolicySubject, other: PolicySubject): boolean =>
  one.kind === other.kind && one.name === other.name && one.namespace === other.namespace

const hasSubjects = (all: readonly PolicySubject[], some: readonly PolicySubject[]): boolean =>
  some.every((subject) => all.some((one) => sameSubject(one, subject)))

/** Whether a list of clusters contains every one of another. Undefined means all clusters. */
const hasClusters = (all: readonly string[] | undefined, some: readonly string[] | undefined): boolean =>
  all === undefined || (some !== undefined && some.every((cluster) => all.includes(cluster)))

const shows = ({ exempt = [], tokenPatterns }: Masking): boolean => exempt.length > 0 || tokenPatterns === false

/** Fields through which `after` masks less than `before` in the same answers. */
function maskingFields(before: Masking, after: Masking): readonly string[] {
  const exempt = after.exempt ?? []
  const added = exempt.flatMap((exemption, index) => (wasExempt(before.exempt ?? [], exemption) ? [] : [`spec.masking.exempt[${index}]`]))
  return [
    ...added,
    ...(after.tokenPatterns === false && before.tokenPatterns !== false ? ['spec.masking.tokenPatterns'] : []),
    ...((before.fields ?? []).every((rule) => keepsFields(after.fields ?? [], rule)) ? [] : ['spec.masking.fields']),
  ]
}

/** Fields through which `wide` applies where `narrow` does not. The mode counts: a policy in Shadow mode applies only where no policy enforces. */
function scopeFields(narrow: AccessPolicySpec, wide: AccessPolicySpec): readonly string[] {
  return [
    ...(hasSubjects(narrow.subjects, wide.subjects) ? [] : ['spec.subjects']),
    ...(hasClusters(narrow.clusters, wide.clusters) ? [] : ['spec.clusters']),
    ...(narrow.mode === 'Shadow' && wide.mode !== 'Shadow' ? ['spec.mode'] : []),
  ]
}

/**
 * The fields through which a write of a policy shows more to any agent: a new exemption, tokens that are no longer hidden, fields that are no longer
 * hidden, and a policy that applies to fewer agents, or to more when it shows something. Empty when the write weakens nothing. Errs towards weaker.
 * @param before undefined when the policy is new; only what it shows can weaken masking
 * @param after undefined when the policy is deleted
 */
export function weakerMasking(before: AccessPolicySpec | undefined, after: AccessPolicySpec | undefined): readonly string[] {
  if (after === undefined) return before === undefined ? [] : ['spec']
  const { masking: next = {} } = after
  if (before === undefined) return maskingFields({}, next)
  const narrower = scopeFields(after, before)
  const wider = shows(next) ? scopeFields(before, after) : []
  return [...new Set([...maskingFields(before.masking ?? {}, next), ...narrower, ...wider])]
}
