import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { MAX_OF_RUN } from '../../../domain/api/access-session.ts'
import { EXTRA, GROUP, VERSION } from '../../../domain/api/names.ts'
import { decisionsOfGrant, decisionsOfRequest, decisionsOfReview, inOrder, type SessionDecision } from '../../../domain/explain/session-decisions.ts'
import type { Identity } from '../../../domain/identity.ts'
import type { Run } from '../../../domain/record/sessions/run.ts'
import type { KubeObject, Visibility } from '../../machinery/kind.ts'
import { fromEntry } from '../../machinery/object.ts'
import { REQUESTER, type Store } from '../../storage/port.ts'
import { keyOfUser } from '../known-rights.ts'
import { reviewNameOf } from '../break-glass/grant-at-once.ts'
import { REVIEWS } from '../break-glass/break-glass-usage.ts'
import { namesOf } from '../requests/requester.ts'
import { asBreakGlassReview, asGrant, asRequest } from '../typed.ts'
import { visibilityOfGrants, visibilityOfRequests, visibilityOfReviews, type VisibilityDependencies } from '../visibility.ts'

type Resource = 'accessrequests' | 'accessgrants'
/** An object of the session whose decisions are not in the answer, and why. NotListed: any after the first that a session lists. */
export type Untold = { readonly resource: Resource; readonly name: string; readonly reason: 'NotKept' | 'NotVisible' | 'NotListed' }
export type SessionDecisions = { readonly decisions: readonly SessionDecision[]; readonly untold: readonly Untold[] }

/** An object is made a little before or after the event that names it, and by another clock. */
const SLACK_MS = 60_000
const PAGE = { limit: 200, maxBytes: 256 * 1024 }

/** Reads objects of the session that the user may see, with the rules of a GET. Each is read once. */
class Reader {
  readonly untold: Untold[] = []
  readonly requests = new Map<string, AccessRequest>()
  readonly grants = new Map<string, AccessGrant>()
  readonly #store: Store
  readonly #run: Run
  readonly #seen: { readonly [resource in Resource]: Visibility | undefined }

  constructor(store: Store, run: Run, seen: { readonly [resource in Resource]: Visibility | undefined }) {
    this.#store = store
    this.#run = run
    this.#seen = seen
  }

  /** Whether the object can be one of the session. Another one can have the name of one that is gone. */
  #isEarly({ metadata: { creationTimestamp = '' } }: Pick<KubeObject, 'metadata'>): boolean {
    return !(Date.parse(creationTimestamp) > this.#run.lastMs + SLACK_MS)
  }

  async #sees(resource: Resource, object: KubeObject): Promise<boolean> {
    return (await this.#seen[resource]?.sees(object)) === true
  }

  async #read(resource: Resource, name: string, isIt: (object: KubeObject) => boolean): Promise<KubeObject | undefined> {
    const entry = await this.#store.get(resource, name)
    const object = entry === undefined ? undefined : fromEntry(entry)
    const isKept = object !== undefined && isIt(object)
    if (isKept && (await this.#sees(resource, object))) return object
    if (!this.untold.some((each) => each.resource === resource && each.name === name))
      this.untold.push({ resource, name, reason: isKept ? 'NotVisible' : 'NotKept' })
    return undefined
  }

  async request(name: string, isIt: (request: AccessRequest) => boolean): Promise<void> {
    if (this.requests.has(name)) return
    const object = await this.#read('accessrequests', name, (each) => isIt(asRequest(each)))
    if (object !== undefined) this.requests.set(name, asRequest(object))
  }

  /** A grant that the session used, with the requests that led to it and extended it. */
  async grant(name: string): Promise<void> {
    if (this.grants.has(name)) return
    const names = namesOf(this.#run.user)
    const object = await this.#read('accessgrants', name, (each) => this.#isEarly(each) && names.includes(asGrant(each).spec.subject.username))
    if (object === undefined) return
    const grant = asGrant(object)
    this.grants.set(name, grant)
    const { requestName } = grant.spec
    await this.request(requestName, ({ metadata }) =>
      (grant.metadata.ownerReferences ?? []).every(
        ({ kind, name: owner, uid }) => kind !== 'AccessRequest' || owner !== requestName || uid === metadata.uid,
      ),
    )
    for (const { requestName: by } of grant.status?.extensions ?? [])
      await this.request(by, ({ status }) => status?.extension?.grantUID === grant.metadata.uid)
  }

  /** A request that the agent made in the session: it has its name and session, and its time. */
  isOwn(request: AccessRequest): boolean {
    const { username = '', extra = {} } = request.spec.requester ?? {}
    const session = extra[EXTRA.session]?.[0]
    return this.#isEarly(request) && namesOf(this.#run.user).includes(username) && (session ?? this.#run.session) === this.#run.session
  }

  #isMadeIn(request: AccessRequest): boolean {
    const { metadata, spec } = request
    if (spec.requester?.extra?.[EXTRA.session] === undefined) return false
    return Date.parse(metadata.creationTimestamp ?? '') >= this.#run.reachMs - SLACK_MS && this.isOwn(request)
  }

  /** The requests of the agent that its session made without a hold, among them those that were denied. The records do not name these. */
  async own(): Promise<void> {
    if (this.#run.user === '') return
    const where = { field: REQUESTER, in: namesOf(this.#run.user) } as const
    for (let after: string | undefined = ''; after !== undefined;) {
      const page: Awaited<ReturnType<Store['list']>> = await this.#store.list('accessrequests', { ...PAGE, after, where })
      for (const entry of page.entries) {
        const object = fromEntry(entry)
        if (this.#isMadeIn(asRequest(object)) && (await this.#sees('accessrequests', object))) this.requests.set(entry.name, asRequest(object))
      }
      ;({ after } = page)
      await setImmediate()
    }
  }
}

/**
 * What became of the requests and grants of a session, by time: those of its holds, those that its agent made in it, those whose grants it used, and those
 * that extended these. The caller sees what a GET of each object would show, and which objects are gone or hidden.
 */
async function readDecisions(run: Run, user: Identity, by: VisibilityDependencies & { readonly nowMs: number }): Promise<SessionDecisions> {
  const { store, rights, nowMs } = by
  const seen = async (resource: string, visibilityOf: typeof visibilityOfRequests): Promise<Visibility | undefined> =>
    (await rights.allowed(user, { verb: 'get', group: GROUP, version: VERSION, resource })) ? await visibilityOf(by)(user) : undefined
  const reader = new Reader(store, run, {
    accessrequests: await seen('accessrequests', visibilityOfRequests),
    accessgrants: await seen('accessgrants', visibilityOfGrants),
  })
  await reader.own()
  for (const name of run.requests) await reader.request(name, (request) => reader.isOwn(request))
  const grants = [...reader.requests.values()].flatMap(({ status }) => status?.grantName ?? [])
  for (const name of new Set([...run.grants, ...grants])) await reader.grant(name)
  const reviews = await reviewsOf(reader, store, await seen(REVIEWS, visibilityOfReviews))
  const decisions = [
    ...[...reader.requests.values()].flatMap((request) => decisionsOfRequest(request, nowMs)),
    ...[...reader.grants.values()].flatMap((grant) => decisionsOfGrant(grant, nowMs)),
    ...reviews,
  ]
  return { decisions: inOrder([], decisions), untold: [...reader.untold, ...unlisted(run)] }
}

async function reviewsOf({ requests }: Reader, store: Store, visibility: Visibility | undefined): Promise<readonly SessionDecision[]> {
  const found: SessionDecision[] = []
  for (const request of requests.values()) {
    if (request.spec.breakGlass !== true) continue
    const entry = await store.get(REVIEWS, reviewNameOf(request))
    const object = entry === undefined ? undefined : fromEntry(entry)
    if (object !== undefined && (await visibility?.sees(object)) === true) found.push(...decisionsOfReview(asBreakGlassReview(object)))
  }
  return found
}

/** Grants that the session used after the first are found by its own requests alone. */
const unlisted = ({ cut, user }: Run): readonly Untold[] => [
  ...(cut.includes('grants') ? [{ resource: 'accessgrants', name: `after the first ${MAX_OF_RUN.grants}`, reason: 'NotListed' } as const] : []),
  ...(cut.includes('requests') && user === ''
    ? [{ resource: 'accessrequests', name: `after the first ${MAX_OF_RUN.requests}`, reason: 'NotListed' } as const]
    : []),
]

/** How long the pages of one session share what was read, as long as rights are cached. An agent can have megabytes of requests. */
const KEPT_MS = 5_000
const MOST_KEPT = 16

/** {@link readDecisions}, once for the pages that one caller reads at once. */
export function createSessionDecisions(deps: VisibilityDependencies): (run: Run, user: Identity, nowMs: number) => Promise<SessionDecisions> {
  const kept = new LRUCache<string, { readonly untilMs: number; readonly read: Promise<SessionDecisions> }>({ max: MOST_KEPT })
  return (run, user, nowMs) => {
    const key = JSON.stringify([keyOfUser(user), run])
    const known = kept.get(key)
    if (known !== undefined && nowMs < known.untilMs) return known.read
    const read = readDecisions(run, user, { ...deps, nowMs })
    kept.set(key, { untilMs: nowMs + KEPT_MS, read })
    read.catch(() => kept.delete(key))
    return read
  }
}
