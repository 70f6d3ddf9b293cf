import { accessPolicySpecSchema, accessPolicyStatusSchema } from '../../domain/access-policy.ts'
import { holds } from '../../domain/conditions.ts'
import { isLeftOut } from '../../domain/policy/never-governed.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import type { Kind, KubeObject } from '../machinery/kind.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { patternProblem } from './pattern.ts'
import { asPolicy } from './typed.ts'

const invalid = (field: string, message: string): StatusCause => ({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` })

/** `compiles` says what is wrong with a CEL condition, or nothing. */
function validate(object: KubeObject, compiles: (condition: string) => string | undefined): readonly StatusCause[] {
  const { subjects, rules, requests } = asPolicy(object).spec
  const causes: StatusCause[] = []
  for (const [index, subject] of subjects.entries()) {
    const field = `spec.subjects[${index}]`
    if (subject.kind === 'ServiceAccount' && subject.namespace === undefined)
      causes.push({ reason: 'FieldValueRequired', field: `${field}.namespace`, message: 'Required value: a ServiceAccount lives in a namespace' })
    else if (subject.kind !== 'ServiceAccount' && subject.namespace !== undefined)
      causes.push({ reason: 'FieldValueForbidden', field: `${field}.namespace`, message: `Forbidden: a ${subject.kind} has no namespace` })
    else if (isLeftOut(subject)) causes.push(invalid(`${field}.name`, 'it names everybody, or identities of the cluster or of jit-access itself'))
  }
  const names = new Set<string>()
  for (const [index, rule] of (rules ?? []).entries()) {
    const field = `spec.rules[${index}]`
    if (rule.name === 'default') causes.push(invalid(`${field}.name`, '"default" names what no rule matches'))
    if (names.has(rule.name)) causes.push({ reason: 'FieldValueDuplicate', field: `${field}.name`, message: `Duplicate value: "${rule.name}"` })
    names.add(rule.name)
    const problem = rule.match?.condition === undefined ? undefined : compiles(rule.match.condition)
    if (problem !== undefined) causes.push(invalid(`${field}.match.condition`, problem))
  }
  for (const [field, pattern] of [
    ['spec.requests.reason.pattern', requests?.reason?.pattern],
    ['spec.requests.ticketPattern', requests?.ticketPattern],
  ] as const) {
    const problem = pattern === undefined ? undefined : patternProblem(pattern)
    if (problem !== undefined) causes.push(invalid(field, problem))
  }
  const { defaultDurationSeconds: usual, maxDurationSeconds: most } = requests ?? {}
  if (usual !== undefined && most !== undefined && usual > most)
    causes.push(invalid('spec.requests.defaultDurationSeconds', 'longer than maxDurationSeconds'))
  return causes
}

export function accessPolicies(compiles: (condition: string) => string | undefined): Kind {
  return {
    resource: 'accesspolicies',
    singular: 'accesspolicy',
    kind: 'AccessPolicy',
    shortNames: ['apol'],
    description: 'What a group of agents may do, what needs a grant, and who may give one.',
    spec: accessPolicySpecSchema,
    status: accessPolicyStatusSchema,
    verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    fields: {},
    columns: [
      nameColumn,
      { name: 'Mode', type: 'string', priority: 0, description: 'Enforce or Shadow.', value: (object) => asPolicy(object).spec.mode ?? 'Enforce' },
      {
        name: 'Subjects',
        type: 'string',
        priority: 0,
        description: 'Whom it governs.',
        value: (object) =>
          asPolicy(object)
            .spec.subjects.map(({ kind, name }) => `${kind} ${name}`)
            .join(', '),
      },
      { name: 'Rules', type: 'integer', priority: 0, description: 'Number of rules.', value: (object) => asPolicy(object).spec.rules?.length ?? 0 },
      {
        name: 'Ready',
        type: 'string',
        priority: 1,
        description: 'Whether it can work.',
        value: (object) =>
          asPolicy(object).status?.conditions === undefined ? 'Unknown' : holds(asPolicy(object).status?.conditions, 'Ready') ? 'True' : 'False',
      },
      ageColumn,
    ],
    strategy: {
      create: (object) => Promise.resolve(object),
      update: (object) => Promise.resolve(object),
      validate: (object) => validate(object, compiles),
      present: (object) => object,
    },
    subresources: [
      {
        name: 'status',
        verbs: ['get', 'update', 'patch'],
        apply: (next, old) => Promise.resolve({ object: { ...old, ...(next.status === undefined ? {} : { status: next.status }) } }),
      },
    ],
  }
}
