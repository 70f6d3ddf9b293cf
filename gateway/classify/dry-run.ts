import type { Classified } from '../../domain/decision.ts'
import { readObject } from './read-object.ts'

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])
/** Whose handlers take the options of the request from the query. An eviction or a stream has them elsewhere, or none. */
const PLAIN: ReadonlySet<string> = new Set(['', 'status', 'scale'])

const isAll = (value: unknown): boolean => Array.isArray(value) && value.length === 1 && value[0] === 'All'

/** DeleteOptions in a body replace those of the query: k8s.io/apiserver/pkg/endpoints/handlers/delete.go. */
function saysSo(body: Buffer): boolean {
  try {
    const options = readObject(body) as { readonly dryRun?: unknown } | null
    return isAll(options?.dryRun)
  } catch {
    return false // what could be read in two ways is taken for real, as is what is no JSON: that costs a use and never spares one
  }
}

/** Whether upstream will only try it. In doubt it is for real. */
export function isDryRun({ info, power }: Classified, query: URLSearchParams, body: Buffer): boolean {
  if (power === 'connect' || !WRITES.has(info.verb) || !PLAIN.has(info.subresource)) return false
  const deletes = info.verb === 'delete' || info.verb === 'deletecollection'
  return deletes && body.length > 0 ? saysSo(body) : isAll(query.getAll('dryRun'))
}
