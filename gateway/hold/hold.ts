import { Counter, Gauge, type Registry } from 'prom-client'
import type { AccessRequest } from '../../domain/access-request.ts'
import type { Clock } from '../../domain/clock.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import type { Permit, Verdict } from '../../domain/permit.ts'
import type { RecordEvent } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import { hideTokens } from '../mask/operation-text.ts'
import { operationOf } from '../plan/operation-of.ts'
import { PlanChanged } from '../plan/plan-changed.ts'
import type { PlanDoors } from '../plan/plan.ts'
import type { Held, Hold } from '../ports.ts'
import { deniedError, denialOf, failedError, planChangedError, spentError, timedOutError, withdrawnError } from './answers.ts'
import { createEchoes } from './echoes.ts'
import { fileRequest, knownPending } from './file-request.ts'
import { createPlaces } from './places.ts'
import { createRequestDesk, type Decided, type RequestDesk } from './request-desk.ts'

/** `upstream` acts in the agent's name: files the request, tries the operation. */
export type HoldDoors = PlanDoors & {
  /** Acts as the gateway: closes requests. */
  readonly client: KubeClient
  readonly requests: Informer<AccessRequest>
  readonly recorder: Recorder
  readonly clock: Clock
  readonly registry: Registry
  readonly log: Log
  /** Operations that may wait at once. Left out: 256. */
  readonly maxPending?: number
}

type Filed = { readonly name: string }
/** Several clients may wait for one request: an agent that repeats itself. */
type Waiting = { readonly filed: Promise<Filed>; clients: number }
type Room = HoldDoors & { readonly desk: RequestDesk; readonly waiting: Map<string, Waiting> }

const keyOf = ({ asked, digest }: Held): string => `${digest} ${asked.caller.identity.username}`

async function file(held: Held, room: Room): Promise<Filed> {
  const pending = knownPending(held, room.desk.list(), room.desk.nowMs())
  if (pending !== undefined) return { name: pending.metadata.name }
  const request = await fileRequest(held, await operationOf(held, room), room)
  return { name: request.metadata.name }
}

async function record(room: Room, event: RecordEvent): Promise<void> {
  try {
    await room.recorder.record(event)
  } catch (cause) {
    throw new StatusError('ServiceUnavailable', 'what happens cannot be recorded, so it does not happen', { cause })
  }
}

/** Waits until it is decided, the time is up or the client has left. A decision that came in time is never lost to the clock. */
async function decisionOn({ name }: Filed, held: Held, room: Room): Promise<Decided> {
  const { gone } = held.asked
  const decided = await room.desk.whenDecided(name, AbortSignal.any([gone, AbortSignal.timeout(held.timeoutMs)]))
  if (decided !== undefined) return decided
  if (!gone.aborted) return room.desk.close(name, { type: 'Expired', message: `nobody decided within ${held.timeoutMs / 1000} s` })
  const others = (room.waiting.get(keyOf(held))?.clients ?? 1) > 1
  if (others) return { phase: 'Withdrawn', request: undefined }
  // Whatever it has become: for a client that left it is over.
  await room.desk.close(name, { type: 'Withdrawn', message: 'the client that waited has left' })
  return { phase: 'Withdrawn', request: undefined }
}

function refusalFor({ phase, request }: Decided, held: Held, name: string): StatusError {
  switch (phase) {
    case 'Denied':
      return deniedError(held, name, request)
    case 'Expired':
      return timedOutError(held, name)
    case 'Withdrawn':
      return withdrawnError(held, name)
    case 'Failed':
      return failedError(held, name)
    case 'Approved':
      return spentError(held, name)
  }
}

/** Judged by what the operation would change now. What was approved and is another now is not run, and is asked for anew. */
async function judgeNow(held: Held, name: string, room: Room): Promise<Verdict> {
  try {
    return await held.judge()
  } catch (error) {
    if (!(error instanceof PlanChanged)) throw error
    throw planChangedError(held, name, (await file(held, room)).name)
  }
}

/** The permit of an approved operation, if its grant is still live and its client still there. */
async function permitFor(
  decided: Decided,
  { held, name, room }: { readonly held: Held; readonly name: string; readonly room: Room },
): Promise<Permit> {
  if (decided.phase !== 'Approved') throw refusalFor(decided, held, name)
  const verdict = await judgeNow(held, name, room)
  if (held.asked.gone.aborted) throw withdrawnError(held, name)
  if (verdict.kind !== 'allow') throw refusalFor(decided, held, name)
  return verdict.permit
}

async function waitFor(waiting: Waiting, held: Held, room: Room): Promise<{ readonly decided: Decided; readonly name: string }> {
  const filed = await waiting.filed
  const { name } = filed
  const { auditID, caller } = held.asked
  const about = { auditID, session: caller.session, request: name }
  const started = room.clock.nowMs()
  await record(room, { event: 'hold.filed', ...about, digest: held.digest, timeoutSeconds: Math.round(held.timeoutMs / 1000) })
  const decided = await decisionOn(filed, held, room)
  const why = decided.phase === 'Denied' ? denialOf(decided.request).why : undefined
  await record(room, {
    event: 'hold.decided',
    ...about,
    decision: decided.phase,
    grant: decided.phase === 'Approved' ? decided.request?.status?.grantName : undefined,
    message: why === undefined ? undefined : hideTokens(why),
    waitedMs: Math.max(0, room.clock.nowMs() - started),
  })
  return { decided, name }
}

/**
 * Step 5: an operation waits for its own approval. Files one AccessRequest for it, however often it is repeated; what is
 * approved is judged anew with the grant bound to the digest. Does not take the use: the caller claims it before forwarding.
 */
export function createHold(doors: HoldDoors): Hold {
  const places = createPlaces(doors.maxPending)
  const room: Room = { ...doors, desk: createRequestDesk(doors), waiting: new Map() }
  const echoes = createEchoes(doors.clock)
  const registers = [doors.registry]
  const decisions = new Counter({
    name: 'jit_gateway_holds_total',
    help: 'Held operations by what became of them.',
    labelNames: ['decision'],
    registers,
  })
  const pending = new Gauge({ name: 'jit_gateway_holds_pending', help: 'Operations that wait for an approver.', registers })

  /** Withdraws what nobody waits for any more; a failure leaves a request that expires by itself. */
  const abandon = async (waiting: Waiting): Promise<void> => {
    try {
      const { name } = await waiting.filed
      await room.desk.close(name, { type: 'Withdrawn', message: 'the gateway could not go on with it' })
    } catch (error) {
      doors.log.warn('hold.unclosed', { error: reasonOf(error) })
    }
  }

  return async (held) => {
    const { asked } = held
    if (!asked.classified.info.isResourceRequest) throw refusalOf({ kind: 'deny', decision: held.decision }, asked.classified, asked.caller.identity)
    echoes.check(held)
    const leave = places.take(asked.caller.identity.username)
    pending.set(places.taken)
    const key = keyOf(held)
    const waiting = room.waiting.get(key) ?? { filed: file(held, room), clients: 0 }
    room.waiting.set(key, waiting)
    waiting.clients++
    let settled = false
    try {
      const { decided, name } = await waitFor(waiting, held, room)
      settled = true
      decisions.inc({ decision: decided.phase })
      return await permitFor(decided, { held, name, room })
    } catch (error) {
      if (error instanceof StatusError) echoes.keep(held, error)
      if (!settled && waiting.clients === 1) await abandon(waiting)
      throw error
    } finally {
      leave()
      pending.set(places.taken)
      if (--waiting.clients === 0 && room.waiting.get(key) === waiting) room.waiting.delete(key)
    }
  }
}
