import { classify } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Asked } from '../steps.ts'
import { decideAbout, type DecideDependencies } from './decide-about.ts'

const EMPTY = Buffer.alloc(0)

/** The GET that the caller of a request could send as well. */
export function readOf(asked: Asked, path: string, query = new URLSearchParams()): Asked {
  return { ...asked, method: 'GET', path, search: query.toString(), query, classified: classify(readRequest('GET', path, query)), body: EMPTY }
}

/** Whether the policies allow a read by themselves. RBAC is not asked, nor do grants count: they are for what was granted. */
export function mayRead(reads: Asked, policies: readonly AccessPolicy[], deps: DecideDependencies): boolean {
  const { decision } = decideAbout(reads, policies, deps)
  return decision.effect === 'Allow' || decision.shadow
}
