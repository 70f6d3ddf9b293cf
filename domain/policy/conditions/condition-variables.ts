/** CEL string literals. Raw strings come first, since a backslash does not escape in them. */
const STRINGS =
  /[rR][bB]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g
const OBJECT = /(?<![\w.]|\.\s*)(?:object|oldObject)\b/

/**
 * Whether a CEL condition reads `object` or `oldObject`, and so depends on what a request writes. Ignores these words in strings and after a dot. A
 * macro variable with one of these names also counts.
 */
export const readsObject = (condition: string): boolean => OBJECT.test(condition.replaceAll(STRINGS, '""'))

const REPLICAS = /(?<![\w.]|\.\s*)(?:object|oldObject)\s*\.\s*spec\s*\.\s*replicas\b/

/** Whether a CEL condition reads the number of replicas, which a Scale also shows and changes. */
export const readsReplicas = (condition: string): boolean => REPLICAS.test(condition.replaceAll(STRINGS, '""'))

/** `request` as a whole, in brackets or with a computed field: it may read any field. */
const WHOLE = /(?<![\w.]|\.\s*)request\b(?!\s*\.\s*[a-zA-Z_])/

/**
 * Whether a CEL condition may read a variable: `object`, `oldObject`, or a field of `request` as `request.FIELD`. Errs towards yes: a use of the
 * whole `request` counts as a read of each of its fields.
 */
export function conditionReads(condition: string, variable: string): boolean {
  const text = condition.replaceAll(STRINGS, '""')
  const [root = '', field] = variable.split('.')
  if (field !== undefined && WHOLE.test(text)) return true
  const path = field === undefined ? root : `${root}\\s*\\.\\s*${field}`
  return new RegExp(`(?<![\\w.]|\\.\\s*)${path}\\b`).test(text)
}
