import type { Request } from 'express'

/** The query of a request. Express' own parsers are off: they make objects of some names. */
export const queryOf = ({ url }: Pick<Request, 'url'>): URLSearchParams => new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '')
