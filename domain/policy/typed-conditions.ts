import type { PolicyRule } from '../access-policy.ts'
import { ANY, type FieldType } from '../field-type.ts'
import { readsObject, readsReplicas } from './condition-variables.ts'

/** What is found about the fields that a rule's condition reads. */
export type FieldFault = {
  readonly index: number
  readonly rule: string
  /** Whether they are missing, or nobody could tell. */
  readonly kind: 'missing' | 'unchecked'
  readonly message: string
}

export type FieldDoors = {
  /** Types of what is written to a resource, one a version; none when it is not served. @throws when it cannot be told */
  readonly typesOf: (resource: { readonly group: string; readonly resource: string; readonly subresource: string }) => Promise<readonly FieldType[]>
  /** The fields that a condition reads of its objects and that none of the types has. */
  readonly missing: (condition: string, types: readonly FieldType[]) => readonly string[]
}

/** A product of lists in a rule: more is not looked at. */
const MAX_RESOURCES = 64

type Named = { readonly group: string; readonly resource: string; readonly subresource: string }

/** The resources that a rule names one by one. Undefined: it names some by a wildcard, or leaves them out. */
function namedIn({ match = {} }: PolicyRule): readonly Named[] | undefined {
  const { apiGroups, resources, subresources = [''], condition = '' } = match
  if (apiGroups === undefined || resources === undefined || match.nonResourceURLs !== undefined) return undefined
  if ([apiGroups, resources, subresources].some((words) => words.includes('*'))) return undefined
  const below = match.subresources === undefined && readsReplicas(condition) ? ['', 'scale'] : subresources
  const all = apiGroups.flatMap((group) => resources.flatMap((resource) => below.map((subresource) => ({ group, resource, subresource }))))
  return all.length > MAX_RESOURCES ? undefined : all
}

const nameOf = ({ group, resource, subresource }: Named): string =>
  `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`

async function faultOf(rule: PolicyRule, doors: FieldDoors): Promise<Pick<FieldFault, 'kind' | 'message'> | undefined> {
  const condition = rule.match?.condition
  const named = condition !== undefined && readsObject(condition) ? namedIn(rule) : undefined
  if (condition === undefined || named === undefined) return undefined
  const types: FieldType[] = []
  try {
    for (const resource of named) {
      const found = await doors.typesOf(resource)
      // Of what a stream is asked for there is no schema.
      types.push(...(found.length === 0 && resource.subresource !== '' ? [ANY] : found))
    }
  } catch {
    return { kind: 'unchecked', message: "the fields that it reads were not checked: the cluster's OpenAPI cannot be read" }
  }
  const served = named.map(nameOf).join(', ')
  if (types.length === 0) return { kind: 'unchecked', message: `the fields that it reads were not checked: the cluster has no schema of ${served}` }
  const missing = doors.missing(condition, types)
  if (missing.length === 0) return undefined
  return { kind: 'missing', message: `${missing.slice(0, 8).join(', ')}: no such field in ${served}` }
}

/**
 * Compares the fields that conditions read of `object` and `oldObject` with the schemas of the resources that their rules name. A field that one of
 * these resources, or one of their versions, has is right; so is anything below a field that its schema leaves open.
 */
export async function fieldFaults(rules: readonly PolicyRule[], doors: FieldDoors): Promise<readonly FieldFault[]> {
  const faults: FieldFault[] = []
  for (const [index, rule] of rules.entries()) {
    const fault = await faultOf(rule, doors)
    if (fault !== undefined) faults.push({ index, rule: rule.name, ...fault })
  }
  return faults
}
