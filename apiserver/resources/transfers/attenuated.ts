import { expiryMsOf, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { accessRuleSchema, type AccessRule } from '../../../domain/api/rules.ts'
import { isRulesSubset } from '../../../domain/grant/rule-subset.ts'
import { isObject } from '../../../domain/is-object.ts'
import { invalid, type StatusCause } from '../../../domain/status-error.ts'
import { problems } from '../../../server/schema/problems.ts'
import type { JsonObject } from '../../storage/port.ts'

const KIND = 'GrantTransfer'
const SCHEMA = {
  type: 'object',
  description: 'What is transferred.',
  required: ['to'],
  properties: {
    to: { type: 'string', description: 'User that receives it. Required.', minLength: 1, maxLength: 1024 },
    rules: { type: 'array', description: 'Rules. Optional. Defaults to those of the grant.', items: accessRuleSchema, minItems: 1, maxItems: 32 },
    durationSeconds: {
      type: 'integer',
      format: 'int32',
      description: 'Lifetime. Optional. Defaults to that of the grant.',
      minimum: 1,
      maximum: 604800,
    },
    maxUses: { type: 'integer', format: 'int32', description: 'Uses. Optional. Defaults to those that are left.', minimum: 1, maximum: 100000 },
  },
} as const

/** What a transfer gives: never more than the grant has. */
export type GrantPart = {
  readonly to: string
  readonly rules: readonly AccessRule[]
  readonly expiresAt: string
  readonly maxUses: number | undefined
}

type Asked = { readonly to: string; readonly rules?: readonly AccessRule[]; readonly durationSeconds?: number; readonly maxUses?: number }

const wider = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  field: `spec.${field}`,
  message: `Invalid value: ${message}`,
})

const unknownIn = (object: object, known: object, path: string): readonly StatusCause[] =>
  Object.keys(object)
    .filter((field) => !Object.hasOwn(known, field))
    .map((field) => ({ reason: 'FieldValueForbidden', field: `${path}.${field.slice(0, 64)}`, message: 'Forbidden: there is no such field' }))

/** A misspelled limit would give everything that the grant has. */
function unknownFields(body: JsonObject): readonly StatusCause[] {
  const rules = Array.isArray(body['rules']) ? body['rules'].filter(isObject) : []
  return [
    ...unknownIn(body, SCHEMA.properties, 'spec'),
    ...rules.flatMap((rule, index) => unknownIn(rule, accessRuleSchema.properties, `spec.rules[${index}]`)),
  ]
}

/** What the grant still has. Infinity: its uses are not limited. */
const leftOf = ({ spec, status }: AccessGrant): number => (spec.maxUses === undefined ? Infinity : spec.maxUses - (status?.uses ?? 0))

/** @param endMs when the part would end */
function faultsOf({ rules = [], maxUses = 0 }: Partial<Asked>, grant: AccessGrant, endMs: number): readonly StatusCause[] {
  const causes: StatusCause[] = []
  const left = leftOf(grant)
  if (rules.length === 0 || !isRulesSubset(rules, grant.spec.rules ?? [])) causes.push(wider('rules', 'not within the rules of the grant'))
  // Written as a negation so that an unreadable end is refused.
  if (!(endMs <= expiryMsOf(grant))) causes.push(wider('durationSeconds', 'longer than the grant lasts'))
  if (maxUses > left) causes.push(wider('maxUses', `more than the ${left} uses that the grant has left`))
  return causes
}

/** The part of a grant that a body asks to transfer. @throws StatusError Invalid when the grant does not have as much */
export function partOf(grant: AccessGrant, body: JsonObject, nowMs: number): GrantPart {
  const { name } = grant.metadata
  const malformed = [...problems(SCHEMA, body, 'spec'), ...unknownFields(body)]
  if (malformed.length > 0) throw invalid(KIND, name, malformed)
  const { to, rules = grant.spec.rules ?? [], durationSeconds, maxUses } = body as unknown as Asked
  const endMs = durationSeconds === undefined ? expiryMsOf(grant) : nowMs + durationSeconds * 1000
  const faults = faultsOf({ rules, ...(maxUses === undefined ? {} : { maxUses }) }, grant, endMs)
  if (faults.length > 0) throw invalid(KIND, name, faults)
  const left = leftOf(grant)
  return { to, rules, expiresAt: new Date(endMs).toISOString(), maxUses: maxUses ?? (left === Infinity ? undefined : left) }
}
