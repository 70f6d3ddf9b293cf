import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { CHOSEN_FIELDS, choicesIn, type ChosenField } from '../../../domain/approval/kept-rules.ts'
import { formatRule } from '../../../domain/format/rule.ts'
import { html, type Html } from '../../html/html.ts'

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

/** Whether the rules of a request can be narrowed at all: an operation runs as it is, and an extended grant keeps its rules. */
export const canNarrow = ({ spec }: AccessRequest): boolean => spec.operation === undefined && spec.extends === undefined

const box = (field: string, value: string | number, text: string): Html =>
  html`<label class="choice"><input type="checkbox" name="${field}" value="${value}" checked /> ${text}</label>`

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
  const count = (rules.length > 1 ? rules.length : 0) + offered.reduce((sum, field) => sum + choices[field].length, 0)
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
  </details>`
}
