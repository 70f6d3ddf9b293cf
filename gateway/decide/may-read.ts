import { classify } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { ClassifiedRequest } from '../steps.ts'
import { decideAbout, type DecideDependencies } from './decide-about.ts'

const EMPTY = Buffer.alloc(0)

/** Returns a GET request for a path from the same caller. */
export function readOf(asked: ClassifiedRequest, path: string, query = new URLSearchParams()): ClassifiedRequest {
  return { ...asked, method: 'GET', path, search: query.toString(), query, classified: classify(readRequest('GET', path, query)), body: EMPTY }
}

/** Whether the policies alone allow a read. Does not check RBAC, and ignores grants: they apply only to what was granted. */
export function mayRead(reads: ClassifiedRequest, policies: readonly AccessPolicy[], deps: DecideDependencies): boolean {
  const { decision } = decideAbout(reads, policies, deps)
  return decision.effect === 'Allow' || decision.shadow
}
