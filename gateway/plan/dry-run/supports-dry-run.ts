import type { Classified } from '../../../domain/decision.ts'

/**
 * Subresources whose handlers take `dryRun` from the query. Evictions, bindings and approvals have handlers of their own, a token request
 * would issue a token, and a stream has no dry run.
 */
const WITH_DRY_RUN: ReadonlySet<string> = new Set(['', 'scale', 'status', 'resize', 'ephemeralcontainers'])
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Whether kube-apiserver supports a dry run of the request. */
export const supportsDryRun = ({ info, power }: Pick<Classified, 'info' | 'power'>): boolean =>
  power !== 'mint' && WITH_DRY_RUN.has(info.subresource) && WRITES.has(info.verb)
