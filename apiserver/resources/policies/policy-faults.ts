import type { AccessPolicy, Exemption, PolicyRule } from '../../../domain/api/access-policy.ts'
import { matchFaults, unservedFaults } from '../../../domain/policy/match/match-faults.ts'
import type { FieldFault } from '../../../domain/policy/conditions/typed-conditions.ts'
import type { Discovered } from '../../../domain/served-resource.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import { operationOf } from '../../../domain/classify/operations-of.ts'
import type { PowerOf } from '../../../domain/policy/lint/covers.ts'
import { unreachableRules } from '../../../domain/policy/lint/unreachable.ts'
import { neverOpens } from '../../../domain/windows/never-opens.ts'
import { rulesNeverOpen } from '../../../domain/windows/rule-windows.ts'
import { approvalFaults } from './approval-faults.ts'
import { autoApproveFaults, autoApproveWarnings } from './auto-approve-faults.ts'
import { breakGlassFaults } from './break-glass-faults.ts'
import { patternProblem } from './policy-pattern.ts'
import { governedSubjectFaults } from './subject-faults.ts'
import { windowFaults } from './window-faults.ts'

/** Returns what is wrong with a CEL condition; undefined if it compiles. */
export type Compiles = (condition: string) => string | undefined

const invalid = (field: string, message: string): StatusCause => ({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` })

function ruleFaults(rule: PolicyRule, field: string, compiles: Compiles): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if (rule.name === 'default') causes.push(invalid(`${field}.name`, '"default" is reserved for requests that no rule matches'))
  const condition = rule.match?.condition
  const problem = condition === undefined ? undefined : compiles(condition)
  if (problem !== undefined) causes.push(invalid(`${field}.match.condition`, problem))
  for (const fault of matchFaults(rule.match ?? {})) causes.push(invalid(`${field}.match.${fault.field}`, fault.message))
  return causes
}

function repeatedNames(rules: readonly PolicyRule[]): readonly StatusCause[] {
  return rules.flatMap(({ name }, index) =>
    rules.findIndex((rule) => rule.name === name) === index
      ? []
      : [{ reason: 'FieldValueDuplicate', field: `spec.rules[${index}].name`, message: `Duplicate value: "${name}"` }],
  )
}

function patternFault(pattern: string | undefined, field: string): readonly StatusCause[] {
  const problem = pattern === undefined ? undefined : patternProblem(pattern)
  return problem === undefined ? [] : [invalid(field, problem)]
}

function requestFaults({ requests = {} }: AccessPolicy['spec']): readonly StatusCause[] {
  const { defaultDurationSeconds: usual, maxDurationSeconds: most, reason, ticketPattern } = requests
  return [
    ...patternFault(reason?.pattern, 'spec.requests.reason.pattern'),
    ...patternFault(ticketPattern, 'spec.requests.ticketPattern'),
    ...(usual !== undefined && most !== undefined && usual > most
      ? [invalid('spec.requests.defaultDurationSeconds', 'longer than maxDurationSeconds')]
      : []),
  ]
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SECRET = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const KEY = /^[-._a-zA-Z0-9]+$/

const nameFault = (value: string, form: RegExp, { at, what, each }: { readonly at: string; readonly what: string; readonly each: string }) => {
  if (form.test(value)) return []
  const quoted = JSON.stringify(value)
  return [invalid(at, value.includes('*') ? `${quoted}: no wildcards; ${each}` : `${quoted} is not ${what}`)]
}

/** An exemption must name every key: a wildcard would also exempt keys that are added to the Secret later. */
function exemptionFaults({ namespace, secret, keys }: Exemption, field: string): readonly StatusCause[] {
  return [
    ...nameFault(namespace, NAMESPACE, { at: `${field}.namespace`, what: 'the name of a namespace', each: 'write one entry for each namespace' }),
    ...nameFault(secret, SECRET, { at: `${field}.secret`, what: 'the name of a Secret', each: 'write one entry for each Secret' }),
    ...keys.flatMap((key, index) =>
      nameFault(key, KEY, { at: `${field}.keys[${index}]`, what: 'the key of a Secret', each: 'name each key that may show outside of its Secret' }),
    ),
  ]
}

/** Errors of a policy that the schema cannot express, with the path of each field. A write with errors is refused. */
export function policyFaults({ spec }: AccessPolicy, compiles: Compiles): readonly StatusCause[] {
  const rules = spec.rules ?? []
  return [
    ...governedSubjectFaults(spec.subjects, 'spec.subjects'),
    ...rules.flatMap((rule, index) => ruleFaults(rule, `spec.rules[${index}]`, compiles)),
    ...repeatedNames(rules),
    ...requestFaults(spec),
    ...approvalFaults(spec.approvals),
    ...autoApproveFaults(spec),
    ...breakGlassFaults(spec),
    ...windowFaults(spec.approvals),
    ...(spec.masking?.exempt ?? []).flatMap((exemption, index) => exemptionFaults(exemption, `spec.masking.exempt[${index}]`)),
  ]
}

const at = ({ index }: FieldFault): string => `spec.rules[${index}].match.condition`

type Found = { readonly refused: readonly StatusCause[]; readonly warnings: readonly string[] }

/** `refused`: fields that conditions read but the schemas do not have. `warnings`: fields that could not be checked. */
export function policyFieldFaults(faults: readonly FieldFault[]): Found {
  return {
    refused: faults.filter(({ kind }) => kind === 'missing').map((fault) => invalid(at(fault), fault.message)),
    warnings: faults.filter(({ kind }) => kind === 'unchecked').map((fault) => `${at(fault)}: ${fault.message}`),
  }
}

/** Resources in a policy that are not served. `refused`: another name of a served resource. `warnings`: others, which may be installed later. */
export function policyServedFaults({ spec }: AccessPolicy, discovered: Discovered): Found {
  const faults = (spec.rules ?? []).flatMap(({ match }, index) =>
    unservedFaults(discovered, match ?? {}).map((fault) => ({ ...fault, field: `spec.rules[${index}].match.${fault.field}` })),
  )
  return {
    refused: faults.filter(({ certain }) => certain).map(({ field, message }) => invalid(field, message)),
    warnings: faults.filter(({ certain }) => !certain).map(({ field, message }) => `${field}: ${message}`),
  }
}

const powerOf: PowerOf = (verb, apiGroup, resource) => operationOf({ verb, apiGroup, resource }, { namespace: '', name: '' }).power

/** Warnings about rules that are valid and have no effect, and about windows that never open. */
export const policyWarnings = (policy: AccessPolicy, nowMs: number): readonly string[] => [
  ...unreachableRules(policy.spec.rules ?? [], powerOf).map(({ field, message }) => `${field}: ${message}`),
  ...autoApproveWarnings(policy),
  ...[neverOpens(policy, nowMs)].filter((warning) => warning !== undefined),
  ...rulesNeverOpen(policy, nowMs),
]
