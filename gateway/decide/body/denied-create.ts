import { classify, withGains } from '../../../domain/classify/classify.ts'
import { refusalOf } from '../../../domain/grant/refusal.ts'
import { mediaType } from '../../../domain/mask/restore/oracles.ts'
import type { Decision } from '../../../domain/decision.ts'
import type { Permit } from '../../../domain/permit.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { writeTarget } from '../../arrive/read-target.ts'
import { callAs } from '../../plan/dry-run/upstream-call.ts'
import type { Upstream } from '../../ports.ts'
import type { ClassifiedRequest } from '../../steps.ts'
import { decideAbout } from '../decide-about.ts'
import type { Prepared } from './prepare-body.ts'
import { decideNow, type WeighDependencies } from '../weigh-power.ts'

/** `prepared`: what will be sent. */
type Permitted = { readonly permit: Permit; readonly policies: readonly AccessPolicy[]; readonly prepared: Prepared }

/** Writes of a named object that make it where there is none: server-side apply, and PUT of some kinds. */
function mayCreate({ classified: { info }, headers }: ClassifiedRequest): boolean {
  if (!info.isResourceRequest || info.name === '' || info.subresource !== '') return false
  return info.verb === 'update' || (info.verb === 'patch' && mediaType(headers.get('content-type')).startsWith('application/apply-patch'))
}

/**
 * Whether there may be no such object, as the write itself would find it. What RBAC does not let the agent read may be none.
 * @throws StatusError ServiceUnavailable when it cannot be read now
 */
async function mayBeAbsent(asked: ClassifiedRequest, { permit, policies }: Permitted, upstream: Upstream): Promise<boolean> {
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
    `it cannot be read now whether ${resource} "${name}" is there, and a rule is about making it; try again`,
    {
      cause: new Error(`kube-apiserver answered ${status}`),
    },
  )
}

/** A denial that is an error forbids as well: nobody knows that it is none. */
const forbidsCreate = ({ effect, shadow }: Decision, { permit }: Permitted): boolean =>
  !shadow && (effect === 'Deny' || (effect === 'RequireApproval' && permit.decision.effect !== effect && permit.grant?.bound !== true))

/**
 * An apply that makes its object is a create as well, so a rule that denies to create holds for it, as the webhook has it. ClassifiedRequest when the write
 * is permitted, so that it tells nobody what is there; and only where such a rule is, since it costs a read.
 * @throws StatusError Forbidden; ServiceUnavailable when it cannot be known
 */
export async function refuseDeniedCreate(asked: ClassifiedRequest, permitted: Permitted, deps: WeighDependencies): Promise<void> {
  if (!mayCreate(asked)) return
  const { info, gains = [] } = asked.classified
  const creating = { ...asked, classified: withGains(classify({ ...info, verb: 'create' }), gains) }
  const strictest = decideAbout(creating, permitted.policies, deps)
  if (!forbidsCreate(strictest.decision, permitted) || !(await mayBeAbsent(asked, permitted, deps.upstream))) return
  // Where it hangs on the object, that is looked at.
  const { decision } = strictest.loosest === undefined ? strictest : await decideNow(creating, permitted.prepared, deps)
  if (!forbidsCreate(decision, permitted)) return
  if (decision.effect === 'Deny') throw refusalOf({ kind: 'deny', decision }, creating.classified, asked.caller.identity)
  throw new StatusError(
    'Forbidden',
    `there is no ${info.resource} "${info.name}", and to make one needs an approval of its own (policy "${decision.policy}", rule "${decision.rule}"): create it (kubectl create), and the gateway holds that until an approver has decided`,
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
