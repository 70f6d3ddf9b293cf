import { classify, withGains } from '../../domain/classify/classify.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import { mediaType } from '../../domain/mask/restore/oracles.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Permit } from '../../domain/permit.ts'
import type { AccessPolicy } from '../../domain/access-policy.ts'
import { StatusError } from '../../domain/status-error.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { callAs } from '../plan/upstream-call.ts'
import type { Upstream } from '../ports.ts'
import type { Asked } from '../steps.ts'
import { decideAbout, type DecideDoors } from './decide-about.ts'

type Permitted = { readonly permit: Permit; readonly policies: readonly AccessPolicy[] }

/** Writes of a named object that make it where there is none: server-side apply, and PUT of some kinds. */
function mayCreate({ classified: { info }, headers }: Asked): boolean {
  if (!info.isResourceRequest || info.name === '' || info.subresource !== '') return false
  return info.verb === 'update' || (info.verb === 'patch' && mediaType(headers.get('content-type')).startsWith('application/apply-patch'))
}

/** Whether there is no such object, as the write itself would find it. What cannot be read is taken to be there: then upstream wants no create. */
async function isAbsent(asked: Asked, { permit, policies }: Permitted, upstream: Upstream): Promise<boolean> {
  const call = { method: 'GET', target: writeTarget({ path: asked.path, query: new URLSearchParams() }), hold: 'preview' } as const
  const { status } = await callAs(
    { asked, policies },
    { ...call, ...(permit.grant === undefined ? {} : { elevated: permit.grant.policy }) },
    upstream,
  )
  return status === 404
}

/** A condition over an object that only upstream knows yet is the webhook's to decide. */
function forbidsCreate({ effect, shadow, error }: Decision, { permit }: Permitted): boolean {
  if (shadow || error !== undefined) return false
  return effect === 'Deny' || (effect === 'RequireApproval' && permit.decision.effect !== effect && permit.grant?.bound !== true)
}

/**
 * An apply that makes its object is a create as well, so a rule that denies to create holds for it, as the webhook has it. Asked when the write
 * is permitted, so that it tells nobody what is there; and only where such a rule is, since it costs a read.
 * @throws StatusError Forbidden
 */
export async function refuseDeniedCreate(asked: Asked, permitted: Permitted, doors: DecideDoors & { readonly upstream: Upstream }): Promise<void> {
  if (!mayCreate(asked)) return
  const { info, gains = [] } = asked.classified
  const creating = { ...asked, classified: withGains(classify({ ...info, verb: 'create' }), gains) }
  const { decision } = decideAbout(creating, permitted.policies, doors)
  if (!forbidsCreate(decision, permitted) || !(await isAbsent(asked, permitted, doors.upstream))) return
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
