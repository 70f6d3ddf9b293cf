import type { Classified } from '../../../domain/decision.ts'

/**
 * Where a dry run is one: handlers that take their options from the query. An eviction, a binding or an approval has a
 * handler of its own, a token request would mint, and a stream has nothing to try.
 */
const TRIED: ReadonlySet<string> = new Set(['', 'scale', 'status', 'resize', 'ephemeralcontainers'])
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Whether kube-apiserver can try a request without doing it. */
export const isTried = ({ info, power }: Pick<Classified, 'info' | 'power'>): boolean =>
  power !== 'mint' && TRIED.has(info.subresource) && WRITES.has(info.verb)
