import { classify, withGains } from '../../../domain/classify/classify.ts'
import { refusalOf } from '../../../domain/grant/refusal.ts'
import { mediaType } from '../../../domain/media-type.ts'
import type { Decision } from '../../../domain/decision.ts'
import type { Permit } from '../../../domain/permit.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { writeTarget } from '../../arrive/read-target.ts'
import { callAs } from '../../plan/dry-run/upstream-call.ts'
import type { UpstreamClient } from '../../ports.ts'
import type { ClassifiedRequest } from '../../steps.ts'
import { decideAbout } from '../decide-about.ts'
import type { Prepared } from './prepare-body.ts'
import { decideNow, type WeighDependencies } from '../weigh-power.ts'

/** `prepared`: the body that will be sent. */
type Permitted = { readonly permit: Permit; readonly policies: readonly AccessPolicy[]; readonly prepared: Prepared }

/** Whether the write creates the object if it does not exist: server-side apply, and PUT of some kinds. */
function mayCreate({ classified: { info }, headers }: ClassifiedRequest): boolean {
  if (!info.isResourceRequest || info.name === '' || info.subresource !== '') return false
  return info.verb === 'update' || (info.verb === 'patch' && mediaType(headers.get('content-type')).startsWith('application/apply-patch'))
}

/**
 * Whether the object may not exist, read with the rights of the write. An object that RBAC does not let the agent read may not exist.
 * @throws StatusError ServiceUnavailable when it cannot be read now
 */
async function mayBeAbsent(asked: ClassifiedRequest, { permit, policies }: Permitted, upstream: UpstreamClient): Promise<boolean> {
  const call = { method: 'GET', target: writeTarget({ path: asked.path, query: new URLSearchParams() }), hold: 'preview' } as const
  const { status } = await callAs(
    { asked, policies },
    { ...call, ...(permit.grant === undefined ? {} : { elevated: permit.grant.policy }) },
    upstream,
  )
  if (status === 200) return false
  if (status === 404 || status === 403) return true
  const { resource, name } = asked.classified.info
  throw new StatusError(
    'ServiceUnavailable',
    `it cannot be read now whether ${resource} "${name}" exists, and a rule restricts its creation; try again`,
    {
      cause: new Error(`kube-apiserver answered ${status}`),
    },
  )
}

/** Whether the decision forbids to create the object. A decision that failed also forbids it. */
const forbidsCreate = ({ effect, shadow }: Decision, { permit }: Permitted): boolean =>
  !shadow && (effect === 'Deny' || (effect === 'RequireApproval' && permit.decision.effect !== effect && permit.grant?.bound !== true))

/**
 * Refuses an apply that would create its object when a rule denies the create, as the webhook does. Called after the write is permitted, so that the
 * refusal reveals the existence of objects only to agents that may write them. Reads the object only if such a rule exists.
 * @throws StatusError Forbidden; ServiceUnavailable when it is unknown whether the object exists
 */
export async function refuseDeniedCreate(asked: ClassifiedRequest, permitted: Permitted, deps: WeighDependencies): Promise<void> {
  if (!mayCreate(asked)) return
  const { info, gains = [] } = asked.classified
  const creating = { ...asked, classified: withGains(classify({ ...info, verb: 'create' }), gains) }
  const strictest = decideAbout(creating, permitted.policies, deps)
  if (!forbidsCreate(strictest.decision, permitted) || !(await mayBeAbsent(asked, permitted, deps.upstream))) return
  // A condition over the object is decided with the object that will be stored.
  const { decision } = strictest.loosest === undefined ? strictest : await decideNow(creating, permitted.prepared, deps)
  if (!forbidsCreate(decision, permitted)) return
  if (decision.effect === 'Deny') throw refusalOf({ kind: 'deny', decision }, creating.classified, asked.caller.identity)
  throw new StatusError(
    'Forbidden',
    `there is no ${info.resource} "${info.name}", and creating one needs a separate approval (policy "${decision.policy}", rule "${decision.rule}"): create it (kubectl create), and the gateway holds that until an approver has decided`,
    {
      details: {
        name: info.name,
        group: info.apiGroup,
        kind: info.resource,
        causes: [{ reason: 'ApprovalRequired', message: decision.rule, field: 'rule' }],
      },
    },
  )
}
