import { accessImpactSpecSchema, accessImpactStatusSchema, type AccessImpactStatus } from '../../../domain/api/virtual/access-impact.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { escapedLine } from '../../../domain/api/plain-text.ts'
import { type Identity, sameUser } from '../../../domain/identity.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { impactOf } from '../../../domain/explain/impact/impact.ts'
import type { ImpactReader } from '../../../domain/explain/impact/impact-reader.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import { FairCounts } from '../../../server/fair-counts.ts'
import type { VirtualKind } from '../../machinery/http/handler.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { WriteDependencies } from '../../machinery/write/write-request.ts'
import { mayCertify } from '../decisions/certify-rights.ts'
import { asRequest } from '../typed.ts'
import { visibilityOfRequests, type VisibilityDependencies } from '../visibility.ts'
import { question, specIn } from './question.ts'

/** Answers that are made at once, of one user and of all: each reads the cluster. */
const MAX_OF_USER = 3
const MAX_OF_ALL = 12
const MAX_LINE = 300
const NONE: AccessImpactStatus = { places: [] }

type ImpactDependencies = WriteDependencies &
  VisibilityDependencies & {
    readonly authorizer: Authorizer
    /** Makes a reader of the cluster, for one answer. Optional. Without it, the server examines nothing and says so. */
    readonly reader?: () => ImpactReader
  }

const shown = (text: string): string => escapedLine(text.length <= MAX_LINE ? text : `${text.slice(0, MAX_LINE)}…`)

/** The requester may not learn from it what it cannot read itself. @throws StatusError Forbidden, or the error of a failed review */
async function checkCaller(authorizer: Authorizer, user: Identity, { metadata: { name }, spec }: AccessRequest): Promise<void> {
  const { policy, requester, rules = [], reveal = [] } = spec
  if (policy === undefined || requester === undefined || sameUser(user, requester))
    throw new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: its requester may not see what it would touch`)
  await mayCertify(authorizer, user, { name, policy, rules, reveal })
}

/** What a request would touch, read with the rights of the server, for who may certify the request. Never values, and nothing of Secrets but names. */
export function accessImpact(deps: ImpactDependencies): VirtualKind {
  const kind = question(
    {
      resource: 'accessimpacts',
      singular: 'accessimpact',
      kind: 'AccessImpact',
      description: 'Returns what a request would touch, as the cluster is now, to who may certify it.',
    },
    accessImpactSpecSchema,
    accessImpactStatusSchema,
  )
  const visibilityOf = visibilityOfRequests(deps)
  const running = new FairCounts<string>(MAX_OF_USER, MAX_OF_ALL)

  const requestNamed = async (name: string, user: Identity): Promise<AccessRequest> => {
    const entry = await deps.store.get('accessrequests', name)
    const object = entry === undefined ? undefined : fromEntry(entry)
    if (object === undefined || !(await (await visibilityOf(user)).sees(object)))
      throw new StatusError('NotFound', `accessrequests.jit.access "${name}" not found`)
    return asRequest(object)
  }
  const examine = async (request: AccessRequest): Promise<AccessImpactStatus> => {
    const { cluster } = request.spec
    if (requestPhase(request.status, deps.clock.nowMs()) !== 'Pending') return NONE
    const why =
      deps.reader === undefined
        ? 'this server cannot read the cluster'
        : cluster === deps.cluster || cluster === undefined
          ? undefined
          : 'it is in another cluster'
    if (deps.reader === undefined || why !== undefined) return { places: [{ place: 'cluster', lines: [`not examined: ${why ?? '?'}`] }] }
    const { impacts, more } = await impactOf(deps.reader(), request)
    const places = impacts.map(({ place, lines }) => ({ place: shown(place), lines: lines.map(shown) }))
    return { places, ...(more > 0 ? { more } : {}) }
  }
  return {
    kind,
    answer: async (sent, user) => {
      const spec = await specIn(sent, kind)
      const request = await requestNamed(String(spec['requestName']), user)
      await checkCaller(deps.authorizer, user, request)
      if (running.full(user.username, 1) !== undefined)
        throw new StatusError('TooManyRequests', 'too many impacts are examined at the same time; try again', { details: { retryAfterSeconds: 2 } })
      running.add(user.username, 1)
      try {
        return { apiVersion: API_VERSION, kind: kind.kind, metadata: {}, spec, status: await examine(request) }
      } finally {
        running.add(user.username, -1)
      }
    },
  }
}
