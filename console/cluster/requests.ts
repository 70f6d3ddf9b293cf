import { createHash } from 'node:crypto'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { POLICIES_PATH, REQUESTS_PATH, objectPath } from '../../domain/api/names.ts'
import { basisOf, withDecision, type ApprovalDecision } from '../../domain/approval/approval-decision.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { UserClient } from './impersonate.ts'
import { orNothing } from './part-reading.ts'

const TRIES = 5
/** Policies that are read for one page. */
const MAX_POLICIES = 16
/** The reason of the condition: which program decided. */
const REASON = 'Console'

export const readRequest = (client: UserClient, name: string): Promise<AccessRequest> =>
  client.json<AccessRequest>({ method: 'GET', path: objectPath(REQUESTS_PATH, name) })

/** The request with the plan that only its approvers may read, if the user is one. @throws StatusError */
export async function withPlan(client: UserClient, request: AccessRequest): Promise<AccessRequest> {
  if (request.spec.operation?.planReaders !== 'Approvers') return request
  const plan = await orNothing(client.json<AccessRequest>({ method: 'GET', path: objectPath(REQUESTS_PATH, request.metadata.name, 'plan') }))
  return plan ?? request
}

/** The policies that govern the requester, as far as the user may read them. @throws StatusError */
export async function readPolicies(client: UserClient, { spec, status }: AccessRequest): Promise<readonly AccessPolicy[]> {
  const names = (status?.policies ?? (spec.policy === undefined ? [] : [spec.policy])).slice(0, MAX_POLICIES)
  const read = names.map((policy) => readPolicy(client, { spec: { policy } }))
  return (await Promise.all(read)).filter((policy) => policy !== undefined)
}

/** The policy of a request. Undefined when the user may not read it or it is gone. @throws StatusError */
export async function readPolicy(client: UserClient, { spec: { policy } }: Pick<AccessRequest, 'spec'>): Promise<AccessPolicy | undefined> {
  if (policy === undefined) return undefined
  return await orNothing(client.json<AccessPolicy>({ method: 'GET', path: objectPath(POLICIES_PATH, policy) }))
}

/** What a page showed of a request, for its forms: a decision applies to this and to nothing else. */
export const seenOf = (request: AccessRequest): string => createHash('sha256').update(basisOf(request)).digest('base64url')

function changed(request: AccessRequest, nowMs: number): StatusError {
  const phase = requestPhase(request.status, nowMs)
  const what =
    phase === 'Pending' ? 'it changed since you opened it, so look at it again' : `it is ${phase.toLowerCase()} and can no longer be decided`
  return new StatusError('Conflict', `Nothing was decided by you: ${what}.`)
}

/** The request, if it is still as the page showed it. @throws StatusError Conflict when it changed */
export async function readSeen(
  client: UserClient,
  name: string,
  { seen, nowMs }: { readonly seen: string; readonly nowMs: number },
): Promise<AccessRequest> {
  const request = await readRequest(client, name)
  if (seenOf(request) !== seen) throw changed(request, nowMs)
  return request
}

/**
 * Writes a decision on the request that the page showed. Repeats it on a newer version, if only parts changed that no decision is based on.
 * @throws StatusError Conflict when the request changed, or what the server refuses with
 */
export async function decideOn(
  client: UserClient,
  name: string,
  { decision, seen, nowMs }: { readonly decision: ApprovalDecision; readonly seen: string; readonly nowMs: number },
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const request = await readSeen(client, name, { seen, nowMs })
    try {
      await client.json({ method: 'PUT', path: objectPath(REQUESTS_PATH, name, 'approval'), body: withDecision(request, decision, REASON) })
      return
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'Conflict' || tries === TRIES) throw error
    }
  }
}
