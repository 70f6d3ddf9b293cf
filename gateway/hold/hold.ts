import { Counter, Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../domain/clock.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import type { RecordEvent } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import { operationOf } from '../plan/operation-of.ts'
import type { PlanDependencies } from '../plan/plan.ts'
import type { Held, Hold, HoldOutcome } from '../ports.ts'
import { createAccessRequestClient, type FollowRequest, type AccessRequestClient } from './access-requests.ts'
import { fileRequest, type FiledRequest } from './file-request.ts'
import { decidedEvent, filedEvent } from './hold-events.ts'
import { createPendingLimit } from './pending-limit.ts'
import { createRefusalCache } from './refusal-cache.ts'
import { filedOf, waitForDecision, type FiledHold } from './wait.ts'

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
type Waiting = { readonly filed: Promise<FiledHold>; clients: number }
type Room = HoldDependencies & { readonly requests: AccessRequestClient }

const keyOf = ({ asked, digest }: Held): string => `${digest} ${asked.caller.identity.username}`
const NEVER = new AbortController().signal

/** Files the request of an operation. Continues when the client disconnects: others may wait for the request, and the client may return. */
async function file(held: Held, room: Room): Promise<FiledRequest> {
  const staying = { ...held, asked: { ...held.asked, gone: NEVER } }
  return await fileRequest(staying, () => operationOf(staying, room), room)
}

/** An AccessRequest cannot ask for a path that is not a resource. @throws StatusError Forbidden */
function refuseWithoutResource({ asked, decision }: Held): void {
  if (!asked.classified.info.isResourceRequest) throw refusalOf({ kind: 'deny', decision }, asked.classified, asked.caller.identity)
}

async function record(room: Room, event: RecordEvent): Promise<void> {
  try {
    await room.recorder.record(event)
  } catch (cause) {
    throw new StatusError('ServiceUnavailable', 'the operation cannot be recorded, so it is not done', { cause })
  }
}

async function waitFor(filing: Promise<FiledHold>, held: Held, room: Room): Promise<HoldOutcome> {
  const filed = await filing
  const started = room.clock.nowMs()
  await record(room, filedEvent(held, filed.name))
  const outcome = await waitForDecision(filed, held, room.requests)
  await record(room, decidedEvent(held, outcome, room.clock.nowMs() - started))
  return outcome
}

/**
 * Creates the step `hold`. It files one AccessRequest for an operation, even if the operation is retried. If a wait ends without a decision, the request
 * stays open until its pending TTL.
 */
export function createHold(deps: HoldDependencies): Hold {
  const limit = createPendingLimit(deps.maxPending)
  const room: Room = { ...deps, requests: createAccessRequestClient(deps) }
  const waits = new Map<string, Waiting>()
  const refusals = createRefusalCache(deps.clock)
  const registers = [deps.registry]
  const decisions = new Counter({
    name: 'jit_gateway_holds_total',
    help: 'Held operations by decision.',
    labelNames: ['decision'],
    registers,
  })
  const asks = new Counter({
    name: 'jit_gateway_asks_total',
    help: 'Operations that were only asked for, by whether a request was filed or a pending one found.',
    labelNames: ['result'],
    registers,
  })
  const pending = new Gauge({ name: 'jit_gateway_holds_pending', help: 'Operations that wait for an approver.', registers })

  const wait = async (held: Held): Promise<HoldOutcome> => {
    const { asked } = held
    refuseWithoutResource(held)
    refusals.check(held)
    const leave = limit.take(asked.caller.identity.username, asked.body.length)
    // From here on, the pending limit counts the body.
    asked.releaseBody()
    pending.set(limit.taken)
    const key = keyOf(held)
    const waiting = waits.get(key) ?? { filed: file(held, room).then(({ request }) => filedOf(request)), clients: 0 }
    waits.set(key, waiting)
    waiting.clients++
    try {
      const outcome = await waitFor(waiting.filed, held, room)
      decisions.inc({ decision: outcome.phase })
      return outcome
    } catch (error) {
      if (error instanceof StatusError) refusals.keep(held, error)
      throw error
    } finally {
      leave()
      pending.set(limit.taken)
      if (--waiting.clients === 0 && waits.get(key) === waiting) waits.delete(key)
    }
  }

  return {
    wait,
    ask: async (held) => {
      refuseWithoutResource(held)
      const filed = await file(held, room)
      await record(room, filedEvent(held, filed.request.metadata.name))
      asks.inc({ result: filed.made ? 'Filed' : 'Found' })
      return filed
    },
    fileAgain: async (held) => (await file(held, room)).request.metadata.name,
    keepRefusal: (held, refusal) => refusals.keep(held, refusal),
  }
}
