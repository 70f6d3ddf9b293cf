import { randomUUID } from 'node:crypto'
import { sameUser } from '../../../domain/identity.ts'
import { timestamp } from '../../../domain/api/object-meta.ts'
import { grantPhase, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { namesIdentity } from '../../../domain/api/subject.ts'
import { MAX_DEPTH, MAX_TRANSFERS } from '../../../domain/api/transfers/transfer.ts'
import type { CauseReason } from '../../../domain/cause-reasons.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { ObjectChange, RequestContext, KubeObject, Subresource } from '../../machinery/kind.ts'
import { newMetadata } from '../../machinery/metadata.ts'
import { checkPlainText } from '../../machinery/write/plain-text.ts'
import type { Store } from '../../storage/port.ts'
import { grantWrite } from '../decisions/granted-at-creation.ts'
import { refuseSuspended } from '../decisions/suspended.ts'
import { governingPolicies } from '../requests/request-policy.ts'
import { stampRequester } from '../requests/requester.ts'
import { asGrant, asObject } from '../typed.ts'
import { partOf, type GrantPart } from './attenuated.ts'
import { ancestorsOf, ancestorWrite } from './lineage.ts'
import { accessTransferred } from './record-events.ts'

type Dependencies = { readonly store: Store; readonly cluster?: string }

const MAX_STEM = 200

function refusal(
  code: 'Forbidden' | 'Conflict',
  name: string,
  { reason, message }: { readonly reason: CauseReason; readonly message: string },
): StatusError {
  return new StatusError(code, `accessgrants.jit.access "${name}" cannot be transferred: ${message}`, {
    details: { name, group: 'jit.access', kind: 'accessgrants', causes: [{ reason, message, field: 'spec.to' }] },
  })
}

/** @throws StatusError when the grant is not the user's own, is not live, or is one that nobody may transfer */
function checkGrant(grant: AccessGrant, { user, nowMs }: RequestContext): void {
  const {
    metadata: { name },
    spec,
    status,
  } = grant
  const forbid = (message: string): StatusError => refusal('Forbidden', name, { reason: 'TransferNotAllowed', message })
  if (!sameUser(user, spec.subject)) throw forbid('only its subject may transfer it')
  if (spec.operation !== undefined || spec.breakGlass === true) throw forbid('it is for one exact operation, or was made without an approver')
  const phase = grantPhase(grant, nowMs)
  if (phase !== 'Active') throw refusal('Conflict', name, { reason: phase, message: `it is ${phase.toLowerCase()}` })
  if ((spec.transferredFrom ?? []).length >= MAX_DEPTH) throw forbid(`it was transferred ${MAX_DEPTH} times, the most that is possible`)
  if ((status?.transfers ?? []).length >= MAX_TRANSFERS) throw forbid(`it was transferred to ${MAX_TRANSFERS} receivers, the most that is possible`)
}

/** @throws StatusError Forbidden unless every policy that governs the subject names the receiver, who has no part of the grant yet */
async function checkReceiver(
  grant: AccessGrant,
  to: string,
  { user, deps }: { readonly user: RequestContext['user']; readonly deps: Dependencies },
): Promise<void> {
  const {
    metadata: { name },
    spec,
  } = grant
  const holders = [spec.subject.username, ...(spec.transferredFrom ?? []).map(({ username }) => username)]
  if (holders.some((username) => sameUser({ username }, { username: to })))
    throw refusal('Forbidden', name, { reason: 'TransferNotAllowed', message: `"${to}" has it already` })
  const { policy, cluster } = spec
  const about = {
    apiVersion: API_VERSION,
    kind: 'AccessRequest',
    metadata: { name },
    spec: { policy, ...(cluster === undefined ? {} : { cluster }) },
  }
  const { all } = await governingPolicies(deps, user, about)
  const refusing = all.filter(({ spec: { requests } }) =>
    (requests?.transfer?.to ?? []).every((subject) => !namesIdentity(subject, { username: to })),
  )
  if (refusing.length === 0) return
  const names = refusing.map(({ metadata }) => `"${metadata.name}"`).join(', ')
  const message = `policy ${names} does not name "${to}" as a receiver (spec.requests.transfer.to); let "${to}" request access of its own`
  throw refusal('Forbidden', name, { reason: 'TransferNotAllowed', message })
}

/** The grant of the receiver. It has the limits of its parent, and names every grant that it is a part of. */
function childOf(parent: AccessGrant, { to, rules, expiresAt, maxUses }: GrantPart, nowMs: number): AccessGrant {
  const {
    metadata: { name, uid = '' },
    spec,
  } = parent
  const stem = name.slice(0, MAX_STEM).replace(/[-.]+$/, '')
  const { requestName, policy, cluster, idleSeconds, maxUsesByClass } = spec
  const limits = Object.entries({ cluster, idleSeconds, maxUsesByClass, maxUses }).filter(([, value]) => value !== undefined)
  return {
    apiVersion: API_VERSION,
    kind: 'AccessGrant',
    metadata: {
      ...newMetadata({ name: `${stem}-${randomUUID().slice(0, 8)}` }, nowMs),
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'AccessGrant', name, uid, controller: true }],
    },
    spec: {
      requestName,
      policy,
      subject: { username: to },
      rules,
      ...Object.fromEntries(limits),
      notBefore: timestamp(nowMs),
      expiresAt,
      transferredFrom: [...(spec.transferredFrom ?? []), { grantName: name, grantUID: uid, username: spec.subject.username }],
    },
  }
}

async function transfer(
  next: KubeObject,
  old: KubeObject,
  { context, deps }: { readonly context: RequestContext; readonly deps: Dependencies },
): Promise<ObjectChange> {
  const grant = asGrant(old)
  const { name } = grant.metadata
  const { nowMs, user } = context
  checkGrant(grant, context)
  const part = partOf(grant, next.spec ?? {}, nowMs)
  // The caller with the groups that it has now, and not as it was granted the access.
  for (const who of [stampRequester(user), { username: part.to }])
    await refuseSuspended(deps, who, { reason: 'Forbidden', kind: 'accessgrants', name, act: 'transferred', cluster: grant.spec.cluster })
  await checkReceiver(grant, part.to, { user, deps })
  const ancestors = await ancestorsOf(grant, deps.store)
  const child = childOf(grant, part, nowMs)
  checkPlainText({ kind: 'AccessGrant' }, asObject(child), {})
  const made = { grantName: child.metadata.name, to: part.to, time: timestamp(nowMs) }
  const withTransfer = (of: AccessGrant): AccessGrant => ({ ...of, status: { ...of.status, transfers: [...(of.status?.transfers ?? []), made] } })
  for (const { grant: from } of ancestors) {
    const phase = grantPhase(from, nowMs)
    if (phase !== 'Active')
      throw refusal('Conflict', name, { reason: phase, message: `"${from.metadata.name}", which it is a part of, is ${phase.toLowerCase()}` })
    if ((from.status?.transfers ?? []).length >= MAX_TRANSFERS)
      throw refusal('Forbidden', name, {
        reason: 'TransferNotAllowed',
        message: `"${from.metadata.name}" has ${MAX_TRANSFERS} receivers, the most that is possible`,
      })
  }
  return {
    object: asObject(withTransfer(grant)),
    also: [...ancestors.flatMap((each) => ancestorWrite(each, withTransfer(each.grant))), grantWrite(child), accessTransferred(child, context)],
  }
}

/** The subresource that gives a part of the caller's own grant to another agent. */
export const transferSubresource = (deps: Dependencies): Subresource => ({
  name: 'transfer',
  verbs: ['create'],
  kind: 'GrantTransfer',
  apply: (next, old, context) => transfer(next, old, { context, deps }),
})
