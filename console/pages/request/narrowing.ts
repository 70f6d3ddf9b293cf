import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessRule, Reveal } from '../../../domain/api/rules.ts'
import { CHOSEN_FIELDS, choicesIn, type ChosenField } from '../../../domain/approval/kept-rules.ts'
import { revealChoice } from '../../../domain/approval/kept-reveals.ts'
import { formatRule } from '../../../domain/format/rule.ts'
import { html, verbatim, type Html } from '../../../server/html/html.ts'

/** Choices that a form offers. With more, `kubectl certify approve` narrows. */
export const MAX_CHOICES = 200

/** The hidden field that says that the form offered choices: without it, nothing that is not checked would read as everything. */
export const OFFERED = 'offered'

const TITLES: { readonly [field in ChosenField]: string } = {
  verbs: 'Verbs',
  resources: 'Resources',
  namespaces: 'Namespaces',
  resourceNames: 'Names',
}

/** The rules that an approval gives now: an earlier approver may have narrowed them. */
export const rulesNow = ({ spec, status }: AccessRequest): readonly AccessRule[] => status?.narrowed?.rules ?? spec.rules ?? []

/** The keys of Secrets that an approval reveals now. */
export const revealNow = ({ spec, status }: AccessRequest): readonly Reveal[] => status?.narrowed?.reveal ?? spec.reveal ?? []

/** Whether keys can be left out, so that something of the request stays. */
export const choosesReveal = (request: AccessRequest): boolean => {
  const keys = revealNow(request).reduce((sum, reveal) => sum + reveal.keys.length, 0)
  return keys > 1 || (keys === 1 && rulesNow(request).length > 0)
}

/** Whether the rules of a request can be narrowed at all: an operation runs as it is, and an extended grant keeps its rules. */
export const canNarrow = ({ spec }: AccessRequest): boolean => spec.operation === undefined && spec.extends === undefined

const box = (field: string, value: string | number, text: string): Html =>
  html`<label class="choice"><input type="checkbox" name="${field}" value="${verbatim(value)}" checked /> ${text}</label>`

const group = (title: string, boxes: readonly Html[]): Html =>
  html`<fieldset>
    <legend>${title}</legend>
    ${boxes}
  </fieldset>`

/** Checkboxes for the parts of a request, all checked. Nothing when there is nothing to choose. */
export function partsOf(request: AccessRequest): Html | undefined {
  if (!canNarrow(request)) return undefined
  const rules = rulesNow(request)
  const choices = choicesIn(rules)
  const offered = CHOSEN_FIELDS.filter((field) => choices[field].length > 0)
  const reveals = choosesReveal(request) ? revealNow(request).flatMap((reveal, index) => reveal.keys.map((key) => ({ ...reveal, key, index }))) : []
  const count = reveals.length + (rules.length > 1 ? rules.length : 0) + offered.reduce((sum, field) => sum + choices[field].length, 0)
  if (count === 0) return undefined
  if (count > MAX_CHOICES) return html`<p>It has too many parts to choose from here: kubectl certify approve can approve some of them.</p>`
  return html`<details>
    <summary>Approve only a part of it</summary>
    <input type="hidden" name="${OFFERED}" value="yes" />
    ${
      rules.length > 1
        ? group(
            'Rules',
            rules.map((rule, index) => box('rule', index, formatRule(rule))),
          )
        : undefined
    }
    ${offered.map((field) =>
      group(
        TITLES[field],
        choices[field].map((word) => box(field, word, word === '' ? '(none)' : word)),
      ),
    )}
    ${
      reveals.length === 0
        ? undefined
        : group(
            'Keys of Secrets to show',
            reveals.map(({ namespace, secret, key, index }) => box('reveal', revealChoice(index, key), `${key} of ${namespace}/${secret}`)),
          )
    }
  </details>`
}
