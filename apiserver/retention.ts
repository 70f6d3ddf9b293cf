import { setImmediate } from 'node:timers/promises'
import { grantEndMs, grantPhase, type AccessGrant } from '../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest } from '../domain/api/access-request.ts'
import { isInForce } from '../domain/api/access-suspension.ts'
import { formatExpired } from '../domain/api/approvals/approvals.ts'
import type { Clock } from '../domain/clock.ts'
import { conditionOf, trueSince } from '../domain/api/conditions.ts'
import { fromEntry } from './machinery/object.ts'
import { HISTORY, isTooOld } from './resources/auto-approve/decision-history.ts'
import { BREAK_GLASS_USAGE, isUsageOver, REVIEWS } from './resources/break-glass/break-glass-usage.ts'
import { markEnded } from './resources/decisions/seen-to-end.ts'
import { asLoginState, LOGIN_STATES } from './resources/login-state.ts'
import { CREDENTIALS, isClaimOver } from './resources/passkeys/passkey-credentials.ts'
import { forgottenKeys } from './resources/passkeys/key-limits.ts'
import { isForgotten, rememberEnded, USED_NAMES } from './resources/request-names/used-names.ts'
import { isUnused, readUsage, USAGE } from './resources/requests/request-usage.ts'
import { accountOf } from '../domain/identity.ts'
import { asBreakGlassReview, asGrant, asRequest, asSuspension } from './resources/typed.ts'
import { WriteConflict, type StoredEntry, type JsonObject, type Store, type Write } from './storage/port.ts'

export const DEFAULT_RETENTION_SECONDS = 7 * 24 * 3600
/** Maximum bytes stored for the requests of one requester. Above it the oldest ended requests are deleted before their retention ends. */
const MAX_STORED_BYTES = 16 * 1024 * 1024
const SWEEP_MS = 120_000
const PAGE = { limit: 200, maxBytes: 256 * 1024 }

/** When a request was decided or expired; undefined while it is pending. */
export function requestEndedMs({ status, metadata }: AccessRequest, nowMs: number): number | undefined {
  const phase = requestPhase(status, nowMs)
  if (phase === 'Pending') return undefined
  const time = conditionOf(status?.conditions, phase)?.lastTransitionTime ?? (phase === 'Expired' ? status?.expiresAt : metadata.creationTimestamp)
  return time === undefined ? 0 : Date.parse(time)
}

/** When a grant ended; undefined while it is active or not yet valid. */
export function grantEndedMs(grant: AccessGrant, nowMs: number): number | undefined {
  const phase = grantPhase(grant, nowMs)
  if (phase === 'Active' || phase === 'NotYetValid') return undefined
  const time = conditionOf(grant.status?.conditions, phase)?.lastTransitionTime
  const endMs = grantEndMs(grant)
  return time === undefined ? endMs : Math.min(Date.parse(time), endMs)
}

async function* all(store: Store, resource: string): AsyncGenerator<{ readonly entry: StoredEntry; readonly size: number }> {
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: Awaited<ReturnType<Store['list']>> = await store.list(resource, { ...PAGE, after })
    for (const [index, entry] of page.entries.entries()) yield { entry, size: page.sizes[index] ?? 0 }
    ;({ after } = page)
    await setImmediate()
  }
}

const isKept = ({ metadata }: { readonly metadata: { readonly finalizers?: readonly string[] } }): boolean => (metadata.finalizers ?? []).length > 0
const removal = ({ resource, name, version }: StoredEntry): Write => ({ resource, name, expected: version, value: null })

/** On a conflict the object is left to the next sweep. */
async function commit(store: Store, writes: readonly Write[]): Promise<void> {
  try {
    await store.commit(writes)
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error
  }
}

function expired(request: AccessRequest, expiresAt: string): JsonObject {
  const end = trueSince(expiresAt, { type: 'Expired', reason: 'Expired', message: formatExpired(request) })
  const conditions = [...(request.status?.conditions ?? []), end]
  const { resourceVersion: _, ...metadata } = request.metadata
  return { ...request, metadata, status: { ...request.status, conditions } } as unknown as JsonObject
}

/** Adds the condition Expired to the object, so that watches receive an event. */
async function markExpired(store: Store, entry: StoredEntry, nowMs: number): Promise<void> {
  const request = asRequest(fromEntry(entry))
  const expiresAt = request.status?.expiresAt
  if (
    expiresAt === undefined ||
    requestPhase(request.status, nowMs) !== 'Expired' ||
    conditionOf(request.status?.conditions, 'Expired') !== undefined
  )
    return
  await commit(store, [{ resource: entry.resource, name: entry.name, expected: entry.version, value: expired(request, expiresAt) }])
}

type Ended = { readonly removals: readonly Write[]; readonly size: number; readonly endedMs: number }
/** Remaining grants by name, with the write that deletes each one that has ended. */
type Grants = ReadonlyMap<string, Write | undefined>

/** Deletes grants whose retention is over, and marks others that have ended. Their requests are deleted only afterwards, since a grant is deleted together with its request. */
async function sweepGrants(store: Store, nowMs: number, keptMs: number): Promise<Grants> {
  const grants = new Map<string, Write | undefined>()
  for await (const { entry } of all(store, 'accessgrants')) {
    const grant = asGrant(fromEntry(entry))
    const ended = grantEndedMs(grant, nowMs)
    const removable = ended !== undefined && !isKept(grant)
    if (removable && ended + keptMs <= nowMs) {
      await commit(store, [removal(entry)])
      continue
    }
    const mark = markEnded(grant, entry, nowMs)
    // A grant that was marked just now has another version; it can be removed in the next sweep.
    if (mark !== undefined) await commit(store, [mark])
    grants.set(entry.name, removable && mark === undefined ? removal(entry) : undefined)
  }
  return grants
}

/** The oldest ended requests that must be deleted until the rest fits. */
function overflow(ended: readonly Ended[], bytes: number): readonly Ended[] {
  let above = bytes - MAX_STORED_BYTES
  return ended.toSorted((one, other) => one.endedMs - other.endedMs).filter(({ size }) => above > 0 && ((above -= size), true))
}

type Sweep = { readonly store: Store; readonly grants: Grants; readonly nowMs: number; readonly keptMs: number }

/**
 * How to delete a request: undefined while it is pending, has a finalizer, or its grant cannot be deleted. `withGrant`: the grant must be
 * deleted too.
 */
function endOf(entry: StoredEntry, size: number, { grants, nowMs }: Sweep): (Ended & { readonly withGrant: boolean }) | undefined {
  const request = asRequest(fromEntry(entry))
  const endedMs = requestEndedMs(request, nowMs)
  if (endedMs === undefined || isKept(request)) return undefined
  const grant = request.status?.grantName
  const named = [removal(entry), ...rememberEnded(entry.name, endedMs, nowMs)]
  if (grant === undefined || !grants.has(grant)) return { removals: named, size, endedMs, withGrant: false }
  const grantRemoval = grants.get(grant)
  return grantRemoval === undefined ? undefined : { removals: [grantRemoval, ...named], size, endedMs, withGrant: true }
}

/** Stored bytes and ended requests per requester. All names of one requester count together. */
function createAccounts(): { add(entry: StoredEntry, size: number, ended: Ended | undefined): void; overflows(): readonly Ended[] } {
  const accounts = new Map<string, { bytes: number; readonly ended: Ended[] }>()
  return {
    add: (entry, size, ended) => {
      const account = accountOf(asRequest(fromEntry(entry)).spec.requester?.username ?? '')
      const kept = accounts.get(account) ?? { bytes: 0, ended: [] }
      accounts.set(account, kept)
      kept.bytes += size
      if (ended !== undefined) kept.ended.push(ended)
    },
    overflows: () => [...accounts.values()].flatMap(({ ended, bytes }) => overflow(ended, bytes)),
  }
}

async function sweepRequests(sweeping: Sweep): Promise<void> {
  const { store, nowMs, keptMs } = sweeping
  const accounts = createAccounts()
  for await (const { entry, size } of all(store, 'accessrequests')) {
    await markExpired(store, entry, nowMs)
    const ended = endOf(entry, size, sweeping)
    if (ended?.withGrant === false && ended.endedMs + keptMs <= nowMs) await commit(store, ended.removals)
    else accounts.add(entry, size, ended)
  }
  for (const { removals } of accounts.overflows()) await commit(store, removals)
}

/** Deletes lifted suspensions whose retention is over. */
async function sweepSuspensions({ store, nowMs, keptMs }: Omit<Sweep, 'grants'>): Promise<void> {
  for await (const { entry } of all(store, 'accesssuspensions')) {
    const suspension = asSuspension(fromEntry(entry))
    const time = conditionOf(suspension.status?.conditions, 'Lifted')?.lastTransitionTime
    if (isInForce(suspension) || isKept(suspension) || time === undefined) continue
    if (Date.parse(time) + keptMs <= nowMs) await commit(store, [removal(entry)])
  }
}

async function sweepUsage(store: Store, nowMs: number): Promise<void> {
  for await (const { entry } of all(store, USAGE)) {
    if (isUnused(readUsage(entry.value, nowMs))) await commit(store, [removal(entry)])
  }
  for await (const { entry } of all(store, HISTORY)) if (isTooOld(entry.name, nowMs)) await commit(store, [removal(entry)])
  for await (const { entry } of all(store, USED_NAMES)) if (isForgotten(entry, nowMs)) await commit(store, [removal(entry)])
}

/** Deletes decided reviews whose retention is over. A review that nobody decided stays, however old. */
async function sweepReviews(store: Store, nowMs: number, keptMs: number): Promise<void> {
  for await (const { entry } of all(store, REVIEWS)) {
    const { status } = asBreakGlassReview(fromEntry(entry))
    const decided = status?.conditions?.find(({ type, status: is }) => (type === 'Justified' || type === 'Unjustified') && is === 'True')
    const atMs = Date.parse(decided?.lastTransitionTime ?? '')
    if (atMs + keptMs <= nowMs) await commit(store, [removal(entry)])
  }
  for await (const { entry } of all(store, BREAK_GLASS_USAGE)) if (await isUsageOver(store, entry, nowMs)) await commit(store, [removal(entry)])
}

/** Deletes what login shares as soon as it has expired: it is of no use afterwards, and each sign-in adds some. */
async function sweepLoginStates(store: Store, nowMs: number): Promise<void> {
  for await (const { entry } of all(store, LOGIN_STATES)) {
    const state = asLoginState(fromEntry(entry))
    if (Date.parse(state.spec.expiresAt) <= nowMs && !isKept(state)) await commit(store, [removal(entry)])
  }
}

/** Deletes objects whose retention is over. Keeps pending requests, active grants, their requests, and objects with a finalizer. */
export async function sweep(store: Store, nowMs: number, retentionSeconds: number): Promise<void> {
  const keptMs = retentionSeconds * 1000
  const grants = await sweepGrants(store, nowMs, keptMs)
  await sweepRequests({ store, grants, nowMs, keptMs })
  await sweepSuspensions({ store, nowMs, keptMs })
  await sweepUsage(store, nowMs)
  await sweepReviews(store, nowMs, keptMs)
  await sweepLoginStates(store, nowMs)
  for (const write of await forgottenKeys(store, nowMs, keptMs)) await commit(store, [write])
  for await (const { entry } of all(store, CREDENTIALS)) if (isClaimOver(entry, nowMs)) await commit(store, [removal(entry)])
}

/** Sweeps every two minutes, one sweep at a time. */
export function sweepRegularly(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  retentionSeconds: number,
  failed: (error: unknown) => void,
): { stop(): void } {
  let running = false
  const step = async (): Promise<void> => {
    if (running) return
    running = true
    try {
      await sweep(store, clock.nowMs(), retentionSeconds)
    } catch (error) {
      failed(error)
    } finally {
      running = false
    }
  }
  const timer = setInterval(() => void step(), SWEEP_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
