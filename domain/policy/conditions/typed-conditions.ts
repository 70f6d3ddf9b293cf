import type { PolicyRule } from '../../api/access-policy.ts'
import { ANY, type FieldType } from '../../field-type.ts'
import { readsObject, readsReplicas } from './condition-variables.ts'

/** A problem with the fields that the condition of a rule reads. */
export type FieldFault = {
  readonly index: number
  readonly rule: string
  /** Whether the fields are missing, or could not be checked. */
  readonly kind: 'missing' | 'unchecked'
  readonly message: string
}

export type FieldDependencies = {
  /**
   * Types of the objects that are written to a resource, one for each version; empty when the resource is not served. @throws when the types cannot
   * be determined
   */
  readonly typesOf: (resource: { readonly group: string; readonly resource: string; readonly subresource: string }) => Promise<readonly FieldType[]>
  /** The fields that a condition reads from its objects and that none of the types has. */
  readonly missing: (condition: string, types: readonly FieldType[]) => readonly string[]
}

/** Rules that name more resources than this, as the product of their lists, are not checked. */
const MAX_RESOURCES = 64
const MAX_SHOWN = 8

type Match = NonNullable<PolicyRule['match']>
type Named = { readonly group: string; readonly resource: string; readonly subresource: string }

/** The subresources that the rule applies to; a condition over replicas also applies to `scale`. */
const below = ({ subresources, condition = '' }: Match): readonly string[] => subresources ?? (readsReplicas(condition) ? ['', 'scale'] : [''])

/** The resources that a rule names explicitly. Empty when it uses a wildcard, omits them, or names too many. */
function namedIn(match: Match): readonly Named[] {
  const { apiGroups = ['*'], resources = ['*'], subresources = [], nonResourceURLs } = match
  if (nonResourceURLs !== undefined || [apiGroups, resources, subresources].some((words) => words.includes('*'))) return []
  const all = apiGroups.flatMap((group) => resources.flatMap((resource) => below(match).map((subresource) => ({ group, resource, subresource }))))
  return all.length > MAX_RESOURCES ? [] : all
}

const nameOf = ({ group, resource, subresource }: Named): string =>
  `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`

/** @throws when the types cannot be determined */
async function typesOf(named: readonly Named[], deps: FieldDependencies): Promise<readonly FieldType[]> {
  const types: FieldType[] = []
  for (const resource of named) {
    const found = await deps.typesOf(resource)
    // The options of a stream have no schema.
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
 * Compares the fields that conditions read from `object` and `oldObject` with the schemas of the resources that their rules name. A field is valid
 * when any of these resources, in any version, has it, and so is every field below one whose schema is open.
 */
export async function fieldFaults(rules: readonly PolicyRule[], deps: FieldDependencies): Promise<readonly FieldFault[]> {
  const faults: FieldFault[] = []
  for (const [index, rule] of rules.entries()) {
    const fault = await faultOf(rule.match ?? {}, deps)
    if (fault !== undefined) faults.push({ index, rule: rule.name, ...fault })
  }
  return faults
}
