import { requestPhase, type AccessRequest } from '../../domain/access-request.ts'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Informer } from '../../kube/informer.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import type { Secret } from '../mask/secret-learner.ts'

const LOOK_MS = 5_000
const MAX_NAMED = 16

type View<T> = Pick<Informer<T>, 'list' | 'get' | 'synced' | 'staleForMs'>

export type DeadRevealOptions = {
  readonly requests: View<AccessRequest>
  readonly secrets: View<Secret>
  readonly clock: Clock
  readonly log: Log
  /** Name of this cluster. Left out: requests that name one are not for it. */
  readonly cluster?: string
  /** Whether the requester may know which keys there are. @throws StatusError */
  readonly mayKnow: (request: AccessRequest) => Promise<boolean>
  /** Ends a request, saying why. @throws StatusError */
  readonly fail: (request: AccessRequest, why: string) => Promise<void>
}

/** Why a request would show nothing and give nothing else. Undefined: it would. */
function whyDead({ spec }: AccessRequest, secrets: View<Secret>): string | undefined {
  const { rules = [], reveal = [] } = spec
  if (rules.length > 0 || reveal.length === 0) return undefined
  const says: string[] = []
  for (const { namespace, secret, keys } of reveal) {
    const found = secrets.get(`${namespace}/${secret}`)
    if (keys.some((key) => Object.hasOwn(found?.data ?? {}, key))) return undefined
    if (found === undefined) says.push(`there is no Secret "${secret}" in namespace "${namespace}"`)
    else says.push(...keys.map((key) => `Secret "${namespace}/${secret}" has no key "${key}"`))
  }
  const more = says.length > MAX_NAMED ? `; and ${says.length - MAX_NAMED} more` : ''
  return `it would show nothing: ${says.slice(0, MAX_NAMED).join('; ')}${more}`
}

export type DeadReveals = { start(): void; stop(): void }
type Seen = { readonly sinceMs: number; readonly isLeft: boolean }
const isKnown = ({ synced, staleForMs }: Pick<Informer<never>, 'synced' | 'staleForMs'>): boolean => synced() && staleForMs() === 0

const isOvertaken = (error: unknown): boolean => error instanceof StatusError && (error.code === 409 || error.code === 404)

/**
 * Ends undecided requests that ask for nothing but keys of Secrets that are not there: those filed past the gateway, and those whose keys have gone
 * since. One look could fall between the deletion and the creation of a Secret, so it takes two. Where the requester may not know which keys there are,
 * its request is left: that it ends would tell.
 */
export function endDeadReveals({ requests, secrets, clock, log, cluster, mayKnow, fail }: DeadRevealOptions): DeadReveals {
  const seen = new Map<string, Seen>()
  let running = false
  let timer: NodeJS.Timeout | undefined

  const isOpen = ({ spec, status }: AccessRequest): boolean =>
    requestPhase(status, clock.nowMs()) === 'Pending' && (spec.cluster === undefined || spec.cluster === cluster)

  const judge = async (request: AccessRequest, why: string, { sinceMs, isLeft }: Seen): Promise<Seen> => {
    if (isLeft || clock.nowMs() - sinceMs < LOOK_MS) return { sinceMs, isLeft }
    try {
      if (await mayKnow(request)) await fail(request, why)
      return { sinceMs, isLeft: true }
    } catch (error) {
      if (!isOvertaken(error)) log.warn('reveal.not-ended', { error: reasonOf(error) })
      return { sinceMs: clock.nowMs(), isLeft: false }
    }
  }

  const look = async (): Promise<void> => {
    const dead = requests.list().flatMap((request) => {
      const why = isOpen(request) ? whyDead(request, secrets) : undefined
      return why === undefined ? [] : [{ request, why, key: request.metadata.uid ?? request.metadata.name }]
    })
    const keys = new Set(dead.map(({ key }) => key))
    for (const key of seen.keys()) if (!keys.has(key)) seen.delete(key)
    for (const { request, why, key } of dead) seen.set(key, await judge(request, why, seen.get(key) ?? { sinceMs: clock.nowMs(), isLeft: false }))
  }

  const tick = (): void => {
    if (running || !isKnown(requests) || !isKnown(secrets)) return
    running = true
    void look()
      .catch((error: unknown) => log.warn('reveal.not-ended', { error: reasonOf(error) }))
      .finally(() => (running = false))
  }
  return { start: () => void (timer = setInterval(tick, LOOK_MS)), stop: () => clearInterval(timer) }
}
