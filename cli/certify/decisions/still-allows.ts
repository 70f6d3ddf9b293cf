import { expiryMsOf, grantPhase, type AccessGrant, type AccessGrantSpec } from '../../../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { isRulesSubset } from '../../../domain/grant/rule-subset.ts'
import type { Ask } from '../../create-accessrequest/request-draft.ts'
import { readOwnGrant } from '../../kubectl/read-grant.ts'
import type { IO } from '../../terminal/io.ts'

/**
 * What an earlier request gives of the wanted access, now or once it is approved as it is. `nothing`: its grant has ended. `later`: its grant
 * has not started. `none`: it has no grant and will not get one. `unknown`: its grant cannot be read.
 */
export type StillGives = 'all' | 'less' | 'nothing' | 'later' | 'none' | 'unknown'

/** Whether rules and reveals cover everything that is wanted: approvers may have narrowed them. */
const givesAll = ({ rules = [], reveal = [] }: Pick<Ask, 'rules' | 'reveal'>, ask: Ask): boolean =>
  isRulesSubset(ask.rules ?? [], rules) &&
  (ask.reveal ?? []).every(({ namespace, secret, keys }) => {
    const shown = reveal.filter((each) => each.namespace === namespace && each.secret === secret)
    return keys.every((key) => shown.some((each) => each.keys.includes(key)))
  })

/** Whether the grant starts when it is wanted, or before. */
const startsInTime = ({ notBefore }: AccessGrantSpec, ask: Ask): boolean =>
  ask.notBefore !== undefined && Date.parse(notBefore) <= Date.parse(ask.notBefore)

/** Whether at least half of the time that an approved extension gave is left. A command that is repeated later asks for another extension. */
function isFreshlyExtended(grant: AccessGrant, { spec, status }: AccessRequest, nowMs: number): boolean {
  const { durationSeconds = 0 } = { ...spec, ...status?.narrowed }
  return (expiryMsOf(grant) - nowMs) * 2 >= durationSeconds * 1000
}

async function grantGives(ask: Ask, request: AccessRequest, io: IO): Promise<StillGives> {
  const grant = await readOwnGrant(io, request)
  if (grant === undefined) return 'unknown'
  if (grant === 'gone') return 'nothing'
  const phase = grantPhase(grant, io.clock.nowMs())
  if (phase !== 'Active' && phase !== 'NotYetValid') return 'nothing'
  if (ask.extends !== undefined) return isFreshlyExtended(grant, request, io.clock.nowMs()) ? 'all' : 'nothing'
  if (!givesAll(grant.spec, ask)) return 'less'
  return phase === 'Active' || startsInTime(grant.spec, ask) ? 'all' : 'later'
}

/** Callers reuse a request only for `all`. Otherwise a command that needs more would be refused, requested and matched to the same request forever. */
export async function stillGives(ask: Ask, request: AccessRequest, io: IO): Promise<StillGives> {
  const { spec, status } = request
  const phase = requestPhase(status, io.clock.nowMs())
  if (phase === 'Pending') return givesAll({ ...spec, ...status?.narrowed }, ask) ? 'all' : 'less'
  if (phase !== 'Approved') return 'none'
  return await grantGives(ask, request, io)
}
