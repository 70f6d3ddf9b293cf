/** A string of CEL, raw ones first: in them a backslash is only a backslash. */
const STRINGS =
  /[rR][bB]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g
const OBJECT = /(?<![\w.]|\.\s*)(?:object|oldObject)\b/

/**
 * Whether a CEL condition reads `object` or `oldObject`, and so is about what a request writes. A word in a string or after a dot is none.
 * A variable of a macro that is called so counts too.
 */
export const readsObject = (condition: string): boolean => OBJECT.test(condition.replaceAll(STRINGS, '""'))

const REPLICAS = /(?<![\w.]|\.\s*)(?:object|oldObject)\s*\.\s*spec\s*\.\s*replicas\b/

/** Whether a CEL condition is about the number of replicas, which a Scale tells and changes too. */
export const readsReplicas = (condition: string): boolean => REPLICAS.test(condition.replaceAll(STRINGS, '""'))

/** `request` as a whole, in brackets or with a computed field: it may be any field of it. */
const WHOLE = /(?<![\w.]|\.\s*)request\b(?!\s*\.\s*[a-zA-Z_])/

/**
 * Whether a CEL condition may read a variable: `object`, `oldObject`, or a field of `request` as `request.FIELD`. Rather yes than no: a use of
 * the whole `request` reads each of its fields.
 */
export function conditionReads(condition: string, variable: string): boolean {
  const text = condition.replaceAll(STRINGS, '""')
  const [root = '', field] = variable.split('.')
  if (field !== undefined && WHOLE.test(text)) return true
  const path = field === undefined ? root : `${root}\\s*\\.\\s*${field}`
  return new RegExp(`(?<![\\w.]|\\.\\s*)${path}\\b`).test(text)
}
