import { StatusError } from '../status-error.ts'

/** The rules of apimachinery/pkg/fields/selector.go: terms split at unescaped commas, values with `\\`, `\,` and `\=` escapes. */
function splitTerms(selector: string): readonly string[] {
  return [...selector.matchAll(/(?:\\[\s\S]|[^,\\])+\\?|\\$/g)].map(([term]) => term)
}

function unescape(value: string): string {
  if (!/^(?:[^\\,=]|\\[\\,=])*$/.test(value))
    throw new StatusError('BadRequest', 'fieldSelector: a value holds an unescaped "," or "=", or an unknown escape')
  return value.replaceAll(/\\([\\,=])/g, '$1')
}

/**
 * The one object that a field selector narrows a collection to, as upstream's RequiresExactMatch("metadata.name") finds it;
 * empty when there is none. Authorization is for that name then, so this decides which grants cover the request.
 * @throws StatusError BadRequest for what upstream cannot parse
 */
export function nameInFieldSelector(selector: string): string {
  const terms = readFieldSelector(selector)
  const exact = terms.find(({ field, operator }) => field === 'metadata.name' && operator !== '!=')
  return exact !== undefined && isPathSegmentName(exact.value) ? exact.value : ''
}

/** One term of a field selector, its value unescaped. */
export type FieldTerm = { readonly field: string; readonly operator: string; readonly value: string }

/** The terms of a field selector in upstream's order. @throws StatusError BadRequest for what upstream cannot parse */
export const readFieldSelector = (selector: string): readonly FieldTerm[] => [...splitTerms(selector)].sort().map(readTerm)

/** A value as it is written in a field selector: apimachinery fields.EscapeValue. */
export const escapeFieldValue = (value: string): string => value.replaceAll(/[\\,=]/g, '\\$&')

function readTerm(term: string): FieldTerm {
  const match = /^(.*?)(!=|==|=)([\s\S]*)$/.exec(term)
  if (match === null) throw new StatusError('BadRequest', 'fieldSelector: a term has no operator; write field=value')
  const [, field = '', operator = '', value = ''] = match
  return { field, operator, value: unescape(value) }
}

/** apimachinery/pkg/api/validate/content IsPathSegmentName. The empty name names nothing. */
function isPathSegmentName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)
}
