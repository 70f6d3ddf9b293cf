import { Counter, Gauge, type Registry } from 'prom-client'
import type { AccessRequest } from '../../domain/access-request.ts'
import type { Clock } from '../../domain/clock.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import type { Permit } from '../../domain/permit.ts'
import type { RecordEvent } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { hideTokens, shownTarget } from '../mask/operation-text.ts'
import type { WrittenSecrets } from '../mask/written-secrets.ts'
import type { Held, Hold, Masking, Upstream } from '../ports.ts'
import {
  deniedError,
  denialOf,
  expiredError,
  failedError,
  leftError,
  spentError,
  timedOutError,
  tokenExpiredError,
  withdrawnError,
} from './answers.ts'
import { createEchoes } from './echoes.ts'
import { fileRequest, knownPending } from './file-request.ts'
import { createPlaces } from './places.ts'
import { previewOf } from './preview.ts'
import { createRequestDesk, type RequestDesk } from './request-desk.ts'
import { summaryOf } from './summary.ts'
import { filedOf, waitForDecision, type Filed, type Waited } from './wait.ts'

export type HoldDoors = {
  /** Acts in the agent's name: files the request, tries the operation. */
  readonly upstream: Upstream
  /** Acts as the gateway: reads requests. */
  readonly client: KubeClient
  readonly requests: Informer<AccessRequest>
  readonly masking: Masking
  readonly written: WrittenSecrets
  readonly recorder: Recorder
  readonly clock: Clock
  readonly registry: Registry
  /** Operations that may wait at once. Left out: 256. */
  readonly maxPending?: number
}

/** Several clients may wait for one request: an agent that repeats itself. */
type Waiting = { readonly filed: Promise<Filed>; clients: number }
type Room = HoldDoors & { readonly desk: RequestDesk; readonly waiting: Map<string, Waiting> }

const keyOf = ({ asked, digest }: Held): string => `${digest} ${asked.caller.identity.username}`
const NEVER = new AbortController().signal
/** For what goes on when the client leaves: others may wait for the request that is being filed, and the client may come back for it. */
const staying = (held: Held): Held => ({ ...held, asked: { ...held.asked, gone: NEVER } })
/** Below the limit of AccessRequest's spec.operation.path. */
const LONGEST_PATH = 196_608

async function file(held: Held, room: Room): Promise<Filed> {
  const pending = knownPending(held, room.desk.list(), room.desk.nowMs())
  if (pending !== undefined) return filedOf(pending)
  const diff = await previewOf(held, room)
  const summary = await summaryOf(held, room)
  const path = shownTarget(held.asked, held.asked.classified.info)
  if (path.length > LONGEST_PATH) throw new StatusError('BadRequest', 'the request is too long to be shown to an approver', { code: 414 })
  const operation = { method: held.asked.method, path, digest: held.digest, summary, ...(diff === undefined ? {} : { diff }) }
  return filedOf(await fileRequest(held, operation, room))
}

async function record(room: Room, event: RecordEvent): Promise<void> {
  try {
    await room.recorder.record(event)
  } catch (cause) {
    throw new StatusError('ServiceUnavailable', 'what happens cannot be recorded, so it does not happen', { cause })
  }
}

function refusalFor({ phase, request }: Waited, held: Held, name: string): StatusError {
  switch (phase) {
    case 'Denied':
      return deniedError(held, name, request)
    case 'TimedOut':
      return timedOutError(held, name, request)
    case 'Left':
      return leftError(held, name)
    case 'TokenExpired':
      return tokenExpiredError(held, name, { request, approved: false })
    case 'Expired':
      return expiredError(held, name)
    case 'Withdrawn':
      return withdrawnError(held, name)
    case 'Failed':
      return failedError(held, name)
    case 'Approved':
      return spentError(held, name)
  }
}

/** Whose token ended while it waited is somebody unknown by now: it may have been ended on purpose. */
async function checkToken({ request }: Waited, held: Held, name: string): Promise<void> {
  try {
    await held.authenticateAgain()
  } catch (error) {
    if (error instanceof StatusError && error.code === 401) throw tokenExpiredError(held, name, { request, approved: true })
    throw error
  }
}

/** The permit of an approved operation, if its grant is still live and its client still there. Who has left may repeat it: no use is taken. */
async function permitFor(waited: Waited, held: Held, name: string): Promise<Permit> {
  if (waited.phase !== 'Approved') throw refusalFor(waited, held, name)
  await checkToken(waited, held, name)
  const verdict = await held.judge()
  if (held.asked.gone.aborted) throw leftError(held, name)
  if (verdict.kind !== 'allow') throw refusalFor(waited, held, name)
  return verdict.permit
}

async function waitFor(waiting: Waiting, held: Held, room: Room): Promise<{ readonly waited: Waited; readonly name: string }> {
  const filed = await waiting.filed
  const { name } = filed
  const { auditID, caller } = held.asked
  const about = { auditID, session: caller.session, request: name }
  const started = room.clock.nowMs()
  await record(room, { event: 'hold.filed', ...about, digest: held.digest, timeoutSeconds: Math.round(held.timeoutMs / 1000) })
  const waited = await waitForDecision(filed, held, room.desk)
  const why = waited.phase === 'Denied' ? denialOf(waited.request).why : undefined
  await record(room, {
    event: 'hold.decided',
    ...about,
    decision: waited.phase,
    grant: waited.phase === 'Approved' ? waited.request?.status?.grantName : undefined,
    message: why === undefined ? undefined : hideTokens(why),
    waitedMs: Math.max(0, room.clock.nowMs() - started),
  })
  return { waited, name }
}

/**
 * Step 5: an operation waits for its own approval. Files one AccessRequest for it, however often it is repeated; what is
 * approved is judged anew with the grant bound to the digest. Does not take the use: the caller claims it before forwarding. The request stays
 * open when the wait ends without a decision, and ends by its pending TTL.
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

  return async (held) => {
    const { asked } = held
    if (!asked.classified.info.isResourceRequest) throw refusalOf({ kind: 'deny', decision: held.decision }, asked.classified, asked.caller.identity)
    echoes.check(held)
    const leave = places.take(asked.caller.identity.username, asked.body.length)
    held.waits()
    pending.set(places.taken)
    const key = keyOf(held)
    const waiting = room.waiting.get(key) ?? { filed: file(staying(held), room), clients: 0 }
    room.waiting.set(key, waiting)
    waiting.clients++
    try {
      const { waited, name } = await waitFor(waiting, held, room)
      decisions.inc({ decision: waited.phase })
      return await permitFor(waited, held, name)
    } catch (error) {
      if (error instanceof StatusError) echoes.keep(held, error)
      throw error
    } finally {
      leave()
      pending.set(places.taken)
      if (--waiting.clients === 0 && room.waiting.get(key) === waiting) room.waiting.delete(key)
    }
  }
}
