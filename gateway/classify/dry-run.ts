import type { Classified } from '../../domain/decision.ts'
import { readObject } from './read-object.ts'

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])
/** Subresources whose handlers read the request options from the query. Evictions and streams have their options elsewhere, or none. */
const PLAIN: ReadonlySet<string> = new Set(['', 'status', 'scale'])

const isAll = (value: unknown): boolean => Array.isArray(value) && value.length === 1 && value[0] === 'All'

/** DeleteOptions in a body replace those of the query: k8s.io/apiserver/pkg/endpoints/handlers/delete.go. */
function bodyRequestsDryRun(body: Buffer): boolean {
  try {
    const options = readObject(body) as { readonly dryRun?: unknown } | null
    return isAll(options?.dryRun)
  } catch {
    return false // Ambiguous or invalid JSON does not count as a dry run. This can cost a use, but never saves one.
  }
}

/** Whether upstream will treat the request as a dry run. Returns false when in doubt. */
export function isDryRun({ info, power }: Classified, query: URLSearchParams, body: Buffer): boolean {
  if (power === 'connect' || !WRITES.has(info.verb) || !PLAIN.has(info.subresource)) return false
  const deletes = info.verb === 'delete' || info.verb === 'deletecollection'
  return deletes && body.length > 0 ? bodyRequestsDryRun(body) : isAll(query.getAll('dryRun'))
}
