import type { PolicyRule } from '../../api/access-policy.ts'
import { ANY, type FieldType } from '../../field-type.ts'
import { readsObject, readsReplicas } from './condition-variables.ts'

/** What is found about the fields that a rule's condition reads. */
export type FieldFault = {
  readonly index: number
  readonly rule: string
  /** Whether they are missing, or nobody could tell. */
  readonly kind: 'missing' | 'unchecked'
  readonly message: string
}

export type FieldDependencies = {
  /** Types of what is written to a resource, one a version; none when it is not served. @throws when it cannot be told */
  readonly typesOf: (resource: { readonly group: string; readonly resource: string; readonly subresource: string }) => Promise<readonly FieldType[]>
  /** The fields that a condition reads of its objects and that none of the types has. */
  readonly missing: (condition: string, types: readonly FieldType[]) => readonly string[]
}

/** A product of lists in a rule: more is not looked at. */
const MAX_RESOURCES = 64
const MAX_SHOWN = 8

type Match = NonNullable<PolicyRule['match']>
type Named = { readonly group: string; readonly resource: string; readonly subresource: string }

/** The subresources that it is about; one over replicas is about `scale` too. */
const below = ({ subresources, condition = '' }: Match): readonly string[] => subresources ?? (readsReplicas(condition) ? ['', 'scale'] : [''])

/** The resources that a rule names one by one. None: it names some by a wildcard, leaves them out, or names too many. */
function namedIn(match: Match): readonly Named[] {
  const { apiGroups = ['*'], resources = ['*'], subresources = [], nonResourceURLs } = match
  if (nonResourceURLs !== undefined || [apiGroups, resources, subresources].some((words) => words.includes('*'))) return []
  const all = apiGroups.flatMap((group) => resources.flatMap((resource) => below(match).map((subresource) => ({ group, resource, subresource }))))
  return all.length > MAX_RESOURCES ? [] : all
}

const nameOf = ({ group, resource, subresource }: Named): string =>
  `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`

/** @throws when they cannot be told */
async function typesOf(named: readonly Named[], deps: FieldDependencies): Promise<readonly FieldType[]> {
  const types: FieldType[] = []
  for (const resource of named) {
    const found = await deps.typesOf(resource)
    // Of what a stream is asked for there is no schema.
    types.push(...(found.length === 0 && resource.subresource !== '' ? [ANY] : found))
  }
  return types
}

type Fault = Pick<FieldFault, 'kind' | 'message'>
const unchecked = (why: string): Fault => ({ kind: 'unchecked', message: `the fields that it reads were not checked: ${why}` })

async function faultOf(match: Match, deps: FieldDependencies): Promise<Fault | undefined> {
  const { condition = '' } = match
  const named = readsObject(condition) ? namedIn(match) : []
  if (named.length === 0) return undefined
  const types = await typesOf(named, deps).catch(() => undefined)
  if (types === undefined) return unchecked("the cluster's OpenAPI cannot be read")
  const names = named.map(nameOf).join(', ')
  if (types.length === 0) return unchecked(`the cluster has no schema of ${names}`)
  const missing = deps.missing(condition, types)
  return missing.length === 0 ? undefined : { kind: 'missing', message: `${missing.slice(0, MAX_SHOWN).join(', ')}: no such field in ${names}` }
}

/**
 * Compares the fields that conditions read of `object` and `oldObject` with the schemas of the resources that their rules name. A field that one of
 * these resources, or one of their versions, has is right; so is anything below a field that its schema leaves open.
 */
export async function fieldFaults(rules: readonly PolicyRule[], deps: FieldDependencies): Promise<readonly FieldFault[]> {
  const faults: FieldFault[] = []
  for (const [index, rule] of rules.entries()) {
    const fault = await faultOf(rule.match ?? {}, deps)
    if (fault !== undefined) faults.push({ index, rule: rule.name, ...fault })
  }
  return faults
}
