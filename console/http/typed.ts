import type { Request } from 'express'
import type { Typed } from '../pages/typed.ts'
import { field, isFromElsewhere } from './read-form.ts'

/** Fields in which people write sentences. What they choose is chosen again in a moment. */
const LABELS: readonly (readonly [field: string, label: string])[] = [
  ['reason', 'The reason that you wrote'],
  ['yaml', 'The YAML that you pasted'],
]

/**
 * What somebody typed into a form of the console that did nothing, for the page that says so: a session that ends or a request that changes costs nobody their
 * words. Nothing for a form of another site, which would put its words onto a page of the console.
 */
export function typedIn(request: Request, url: string): readonly Typed[] {
  const { 'sec-fetch-site': site, origin } = request.headers
  // Unlike for what a form does, a browser has to say where this one comes from: here is no token of a session.
  if (request.method !== 'POST' || (site === undefined && origin === undefined) || isFromElsewhere(request, url)) return []
  return LABELS.flatMap(([name, label]) => {
    const text = field(request, name)
    return text === '' ? [] : [{ label, text }]
  })
}
