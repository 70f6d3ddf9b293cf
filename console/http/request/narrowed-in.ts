import type { Request } from 'express'
import { isDeepStrictEqual } from 'node:util'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import type { AccessRule, Reveal } from '../../../domain/api/rules.ts'
import { keptReveals } from '../../../domain/approval/kept-reveals.ts'
import { keptRules, type ChosenField } from '../../../domain/approval/kept-rules.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { canNarrow, choosesReveal, OFFERED, revealNow, rulesNow } from '../../pages/request/narrowing.ts'
import { field, fields } from '../read-form.ts'

type Narrowed = NonNullable<AccessRequestStatus['narrowed']>

export const invalid = (message: string): StatusError => new StatusError('Invalid', `Nothing was done: ${message}`)

/** A positive number of a field. Undefined when the field is empty. Anything else is refused: it must not read as "as asked". */
function numberIn(form: Request, name: string): number | undefined {
  const text = field(form, name)
  if (text === '') return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalid(`${name} must be a positive whole number.`)
  return Number(text)
}

/** Whether the form offered choices: then what is not checked is gone. */
const offers = (form: Request, asked: AccessRequest): boolean => field(form, OFFERED) === 'yes' && canNarrow(asked)

/** The rules that stay. Undefined when the form offered no choice, or everything was kept. */
function rulesIn(form: Request, asked: AccessRequest): readonly AccessRule[] | undefined {
  if (!offers(form, asked)) return undefined
  const rules = rulesNow(asked)
  const words = (name: ChosenField): ReadonlySet<string> => new Set(fields(form, name))
  const kept = keptRules(rules, {
    rules: new Set(fields(form, 'rule').map(Number)),
    verbs: words('verbs'),
    resources: words('resources'),
    namespaces: words('namespaces'),
    resourceNames: words('resourceNames'),
  })
  return isDeepStrictEqual(kept, rules) ? undefined : kept
}

/** The keys that stay. Undefined when the form offered no choice of them, or all were kept. */
function revealIn(form: Request, asked: AccessRequest): readonly Reveal[] | undefined {
  if (!offers(form, asked) || !choosesReveal(asked)) return undefined
  const reveal = revealNow(asked)
  const kept = keptReveals(reveal, new Set(fields(form, 'reveal')))
  return isDeepStrictEqual(kept, reveal) ? undefined : kept
}

/** What the form narrows of a request. The server refuses what would be wider. @throws StatusError Invalid */
export function narrowedIn(form: Request, asked: AccessRequest): AccessRequestStatus['narrowed'] {
  const [durationSeconds, maxUses] = [numberIn(form, 'duration'), numberIn(form, 'uses')]
  const [rules, reveal] = [rulesIn(form, asked), revealIn(form, asked)]
  if ((rules ?? rulesNow(asked)).length + (reveal ?? revealNow(asked)).length === 0 && offers(form, asked))
    throw invalid('nothing is checked. Check what you approve, or deny the request.')
  const narrowed: Narrowed = {
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(maxUses === undefined ? {} : { maxUses }),
    ...(rules === undefined ? {} : { rules: [...rules] }),
    ...(reveal === undefined ? {} : { reveal: [...reveal] }),
  }
  return Object.keys(narrowed).length === 0 ? undefined : narrowed
}
