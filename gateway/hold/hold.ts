import type { AccessRequest } from '../../domain/api/access-request.ts'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../domain/clock.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import type { Permit, Verdict } from '../../domain/permit.ts'
import type { EventOf, RecordEvent } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import { operationOf } from '../plan/operation-of.ts'
import { PlanChanged } from '../plan/plan-changed.ts'
import type { PlanDependencies } from '../plan/plan.ts'
import type { Held, Hold } from '../ports.ts'
import {
  deniedError,
  denialOf,
  expiredError,
  failedError,
  leftApprovedError,
  leftError,
  planChangedError,
  spentError,
  timedOutError,
  tokenExpiredError,
  withdrawnError,
} from './hold-errors.ts'
import { createRefusalCache } from './refusal-cache.ts'
import { fileRequest } from './file-request.ts'
import { createPendingLimit } from './pending-limit.ts'
import { createAccessRequestClient, type FollowRequest, type AccessRequestClient } from './access-requests.ts'
import { filedOf, waitForDecision, type Filed, type Waited } from './wait.ts'

/** Dependencies of holds. `upstream` acts as the agent: it files the request and tries the operation. */
export type HoldDependencies = PlanDependencies & {
  /** Acts as the gateway and reads requests. */
  readonly client: KubeClient
  readonly followRequest: FollowRequest
  readonly recorder: Recorder
  readonly clock: Clock
  readonly registry: Registry
  /** Operations that may wait at the same time. Optional. Defaults to 256. */
  readonly maxPending?: number
}

/** A filed request and the number of clients that wait for it. Several wait when an agent retries. */
type Waiting = { readonly filed: Promise<Filed>; clients: number }
type Room = HoldDependencies & { readonly requests: AccessRequestClient; readonly waiting: Map<string, Waiting> }

const keyOf = ({ asked, digest }: Held): string => `${digest} ${asked.caller.identity.username}`
/** Limit of reviewers in one record. */
const MAX_REVIEWERS = 64
const NEVER = new AbortController().signal
/** A copy whose `gone` never aborts. Filing continues when the client disconnects: others may wait for the request, and the client may return. */
const staying = (held: Held): Held => ({ ...held, asked: { ...held.asked, gone: NEVER } })

const file = async (held: Held, room: Room): Promise<Filed> => filedOf(await fileRequest(held, () => operationOf(held, room), room))

async function record(room: Room, event: RecordEvent): Promise<void> {
  try {
    await room.recorder.record(event)
  } catch (cause) {
    throw new StatusError('ServiceUnavailable', 'the operation cannot be recorded, so it is not done', { cause })
  }
}

function refusalFor({ phase, request }: Waited, held: Held, name: string): StatusError {
  switch (phase) {
    case 'Denied':
      return deniedError(held, name, request)
    case 'TimedOut':
      return timedOutError(held, name, request)
    case 'Left':
      return leftError(held, name, request)
    case 'TokenExpired':
      return tokenExpiredError(held, name, { request, approved: false })
    case 'Expired':
      return expiredError(held, name, request)
    case 'Withdrawn':
      return withdrawnError(held, name)
    case 'Failed':
      return failedError(held, name)
    case 'Approved':
      return spentError(held, name)
  }
}

/** Authenticates again after the wait, because the token may have expired or been revoked meanwhile. */
async function checkToken({ request }: Waited, held: Held, name: string): Promise<void> {
  try {
    await held.authenticateAgain()
  } catch (error) {
    if (error instanceof StatusError && error.code === 401) throw tokenExpiredError(held, name, { request, approved: true })
    throw error
  }
}

/** Judges what the operation would change now. If that is not what was approved, it is not executed and a new request is filed. */
async function judgeNow(held: Held, name: string, room: Room): Promise<Verdict> {
  try {
    return await held.judge()
  } catch (error) {
    if (!(error instanceof PlanChanged)) throw error
    throw planChangedError(held, name, (await file(staying(held), room)).name)
  }
}

/** Returns the permit of an approved operation if its grant is active and its client connected. A client that left can retry: no use was taken. */
async function permitFor(waited: Waited, { held, name, room }: { readonly held: Held; readonly name: string; readonly room: Room }): Promise<Permit> {
  if (waited.phase !== 'Approved') throw refusalFor(waited, held, name)
  await checkToken(waited, held, name)
  const verdict = await judgeNow(held, name, room)
  if (held.asked.gone.aborted) throw leftApprovedError(held, name)
  if (verdict.kind !== 'allow') throw refusalFor(waited, held, name)
  return verdict.permit
}

function reviewersOf(request: AccessRequest | undefined, wanted: 'Approved' | 'Denied'): readonly string[] | undefined {
  const names = (request?.status?.reviews ?? []).filter(({ decision }) => decision === wanted).map(({ reviewer }) => reviewer.username)
  return names.length === 0 ? undefined : names.slice(0, MAX_REVIEWERS)
}

function whyOf({ phase, request }: Waited): string | undefined {
  const why =
    phase === 'Denied' ? denialOf(request).why : phase === 'Approved' ? conditionOf(request?.status?.conditions, 'Approved')?.message : undefined
  return why === undefined ? undefined : hideTokens(why)
}

/** The outcome of the wait and its reviewers, as fields of the record. */
function decisionOf(waited: Waited): Omit<EventOf<'hold.decided'>, 'event' | 'auditID' | 'session' | 'request' | 'waitedMs'> {
  const { phase, request } = waited
  return {
    decision: phase,
    grant: phase === 'Approved' ? request?.status?.grantName : undefined,
    approvedBy: reviewersOf(request, 'Approved'),
    deniedBy: reviewersOf(request, 'Denied'),
    required: request?.status?.requiredApprovals,
    message: whyOf(waited),
  }
}

async function waitFor(waiting: Waiting, held: Held, room: Room): Promise<{ readonly waited: Waited; readonly name: string }> {
  const filed = await waiting.filed
  const { name } = filed
  const { auditID, caller } = held.asked
  const about = { auditID, session: caller.session, request: name }
  const started = room.clock.nowMs()
  await record(room, { event: 'hold.filed', ...about, digest: held.digest, timeoutSeconds: Math.round(held.timeoutMs / 1000) })
  const waited = await waitForDecision(filed, held, room.requests)
  await record(room, { event: 'hold.decided', ...about, ...decisionOf(waited), waitedMs: Math.max(0, room.clock.nowMs() - started) })
  return { waited, name }
}

/**
 * Step 5. Holds an operation until it is approved. Files one AccessRequest for it, even if the operation is retried. After an approval, judges the
 * operation again with the grant that is bound to its digest. Does not take the use; the caller claims it before forwarding. If the wait ends without
 * a decision, the request stays open until its pending TTL.
 */
export function createHold(deps: HoldDependencies): Hold {
  const limit = createPendingLimit(deps.maxPending)
  const room: Room = { ...deps, requests: createAccessRequestClient(deps), waiting: new Map() }
  const refusals = createRefusalCache(deps.clock)
  const registers = [deps.registry]
  const decisions = new Counter({
    name: 'jit_gateway_holds_total',
    help: 'Held operations by decision.',
    labelNames: ['decision'],
    registers,
  })
  const pending = new Gauge({ name: 'jit_gateway_holds_pending', help: 'Operations that wait for an approver.', registers })

  return async (held) => {
    const { asked } = held
    if (!asked.classified.info.isResourceRequest) throw refusalOf({ kind: 'deny', decision: held.decision }, asked.classified, asked.caller.identity)
    refusals.check(held)
    const leave = limit.take(asked.caller.identity.username, asked.body.length)
    held.waits()
    pending.set(limit.taken)
    const key = keyOf(held)
    const waiting = room.waiting.get(key) ?? { filed: file(staying(held), room), clients: 0 }
    room.waiting.set(key, waiting)
    waiting.clients++
    try {
      const { waited, name } = await waitFor(waiting, held, room)
      decisions.inc({ decision: waited.phase })
      return await permitFor(waited, { held, name, room })
    } catch (error) {
      if (error instanceof StatusError) refusals.keep(held, error)
      throw error
    } finally {
      leave()
      pending.set(limit.taken)
      if (--waiting.clients === 0 && room.waiting.get(key) === waiting) room.waiting.delete(key)
    }
  }
}
