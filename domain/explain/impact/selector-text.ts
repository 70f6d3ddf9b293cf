import { meets, readLabelSelector } from '../../selectors/label-selector.ts'

export type Labels = { readonly [key: string]: string }
/** A LabelSelector of the API. */
export type Selector = {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
}

const OPERATORS: { readonly [operator: string]: (key: string, values: string) => string } = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
}

/** A LabelSelector as a query. Undefined for an operator that this version does not know. An empty selector matches everything. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string | undefined {
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => OPERATORS[operator]?.(key, values.join(','))),
  ]
  return terms.includes(undefined) ? undefined : terms.join(',')
}

/** Whether a LabelSelector selects an object with these labels. Undefined when the selector cannot be read. */
export function selects(selector: Selector, labels: Labels): boolean | undefined {
  const text = selectorText(selector)
  try {
    return text === undefined ? undefined : readLabelSelector(text).every((term) => meets(labels, term))
  } catch {
    return undefined
  }
}
