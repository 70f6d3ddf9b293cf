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
  for (const term of [...splitTerms(selector)].sort()) {
    const match = /^(.*?)(!=|==|=)([\s\S]*)$/.exec(term)
    if (match === null) throw new StatusError('BadRequest', 'fieldSelector: a term has no operator; write field=value')
    const [, field = '', operator = '', value = ''] = match
    const plain = unescape(value)
    if (field === 'metadata.name' && operator !== '!=') return isPathSegmentName(plain) ? plain : ''
  }
  return ''
}

/** apimachinery/pkg/api/validate/content IsPathSegmentName. The empty name names nothing. */
function isPathSegmentName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)
}
