/** A string of CEL, raw ones first: in them a backslash is only a backslash. */
const STRINGS =
  /[rR][bB]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g
const OBJECT = /(?<![\w.]|\.\s*)(?:object|oldObject)\b/

/**
 * Whether a CEL condition reads `object` or `oldObject`, and so is about what a request writes. A word in a string or after a dot is none.
 * A variable of a macro that is called so counts too.
 */
export const readsObject = (condition: string): boolean => OBJECT.test(condition.replaceAll(STRINGS, '""'))
