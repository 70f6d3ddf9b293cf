import type { Request } from 'express'

const MAX = 1024

/** A parameter of the query, without blanks around it. Empty when it is absent, given several times, or longer than any name. */
export function param({ originalUrl }: Pick<Request, 'originalUrl'>, name: string): string {
  const values = new URL(originalUrl, 'http://console').searchParams.getAll(name)
  const [value = ''] = values
  return values.length === 1 && value.length <= MAX ? value.trim() : ''
}
/** The query of a request. Express' own parsers are off: they make objects of some names. */
export const queryOf = ({ url }: Pick<Request, 'url'>): URLSearchParams => new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '')
