import type { Request } from 'express'
import { isDeepStrictEqual } from 'node:util'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { keptRules, type ChosenField } from '../../../domain/approval/kept-rules.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { canNarrow, OFFERED, rulesNow } from '../../pages/request/narrowing.ts'
import { field, fields } from '../form.ts'

type Narrowed = NonNullable<AccessRequestStatus['narrowed']>

export const invalid = (message: string): StatusError => new StatusError('Invalid', `Nothing was done: ${message}`)

/** A positive number of a field. Undefined when the field is empty. Anything else is refused: it must not read as "as asked". */
function numberIn(form: Request, name: string): number | undefined {
  const text = field(form, name)
  if (text === '') return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalid(`${name} must be a positive whole number.`)
  return Number(text)
}

/** The rules that stay. Undefined when the form offered no choice, or everything was kept. */
function rulesIn(form: Request, asked: AccessRequest): readonly AccessRule[] | undefined {
  if (field(form, OFFERED) !== 'yes' || !canNarrow(asked)) return undefined
  const rules = rulesNow(asked)
  const words = (name: ChosenField): ReadonlySet<string> => new Set(fields(form, name))
  const kept = keptRules(rules, {
    rules: new Set(fields(form, 'rule').map(Number)),
    verbs: words('verbs'),
    resources: words('resources'),
    namespaces: words('namespaces'),
    resourceNames: words('resourceNames'),
  })
  if (kept.length === 0 && (asked.spec.reveal ?? []).length === 0)
    throw invalid('what you left checked is nothing. Check what you approve, or deny the request.')
  return isDeepStrictEqual(kept, rules) ? undefined : kept
}

/** What the form narrows of a request. The server refuses what would be wider. @throws StatusError Invalid */
export function narrowedIn(form: Request, asked: AccessRequest): AccessRequestStatus['narrowed'] {
  const [durationSeconds, maxUses, rules] = [numberIn(form, 'duration'), numberIn(form, 'uses'), rulesIn(form, asked)]
  const narrowed: Narrowed = {
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(maxUses === undefined ? {} : { maxUses }),
    ...(rules === undefined ? {} : { rules: [...rules] }),
  }
  return Object.keys(narrowed).length === 0 ? undefined : narrowed
}
