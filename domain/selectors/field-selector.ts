import { StatusError } from '../status-error.ts'

/** Splits as apimachinery/pkg/fields/selector.go does: terms end at unescaped commas; values use the escapes `\\`, `\,` and `\=`. */
function splitTerms(selector: string): readonly string[] {
  return [...selector.matchAll(/(?:\\[\s\S]|[^,\\])+\\?|\\$/g)].map(([term]) => term)
}

function unescape(value: string): string {
  if (!/^(?:[^\\,=]|\\[\\,=])*$/.test(value))
    throw new StatusError('BadRequest', 'fieldSelector: a value holds an unescaped "," or "=", or an unknown escape')
  return value.replaceAll(/\\([\\,=])/g, '$1')
}

/**
 * The object name that a field selector narrows a collection to, found as upstream's RequiresExactMatch("metadata.name") does; empty when there is
 * none. Authorization is then for that name, so it decides which grants cover the request.
 * @throws StatusError BadRequest for a selector that upstream cannot parse
 */
export function nameInFieldSelector(selector: string): string {
  const terms = readFieldSelector(selector)
  const exact = terms.find(({ field, operator }) => field === 'metadata.name' && operator !== '!=')
  return exact !== undefined && isPathSegmentName(exact.value) ? exact.value : ''
}

/** One term of a field selector, with its value unescaped. */
export type FieldTerm = { readonly field: string; readonly operator: string; readonly value: string }

/** The terms of a field selector in upstream's order. @throws StatusError BadRequest for a selector that upstream cannot parse */
export const readFieldSelector = (selector: string): readonly FieldTerm[] => [...splitTerms(selector)].sort().map(readTerm)

/** Escapes a value for a field selector, as apimachinery's fields.EscapeValue does. */
export const escapeFieldValue = (value: string): string => value.replaceAll(/[\\,=]/g, '\\$&')

function readTerm(term: string): FieldTerm {
  const match = /^(.*?)(!=|==|=)([\s\S]*)$/.exec(term)
  if (match === null) throw new StatusError('BadRequest', 'fieldSelector: a term has no operator; write field=value')
  const [, field = '', operator = '', value = ''] = match
  return { field, operator, value: unescape(value) }
}

/** apimachinery/pkg/api/validate/content IsPathSegmentName. An empty name is not valid here. */
function isPathSegmentName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)
}

/** A field selector that all given fields must match. Undefined when none is given. */
export function fieldSelectorOf(fields: { readonly [field: string]: string | undefined }): string | undefined {
  const terms = Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [`${field}=${escapeFieldValue(value)}`]))
  return terms.length === 0 ? undefined : terms.join(',')
}
