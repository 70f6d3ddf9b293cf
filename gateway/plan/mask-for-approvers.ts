import { setImmediate as breathe } from 'node:timers/promises'
import { createMasker, type MaskKind } from '../../domain/mask/masker.ts'
import { codecs } from '../mask/codecs.ts'
import { policyMasking } from '../mask/policy-masking.ts'
import { unsaidWeakInPlan } from '../mask/values/values-said.ts'
import type { ApproverMasks } from './approver-masks.ts'
import type { Planned, PlanDependencies } from './plan.ts'

export type Masks = { readonly planned: Planned; readonly deps: PlanDependencies; readonly masks: ApproverMasks }

/** Bytes to mask before the event loop may serve other requests. */
const SLICE = 32 * 1024

export const isSecrets = ({ asked }: Pick<Planned, 'asked'>): boolean =>
  asked.classified.info.apiGroup === '' && asked.classified.info.resource === 'secrets'

/** Masks a text for approvers. In `echo` mode placeholders do not depend on the values, so a diff cannot confirm a guess. */
export async function maskForApprovers(text: Buffer, kind: MaskKind, { planned, deps, masks }: Masks): Promise<Buffer> {
  const { info } = planned.asked.classified
  const { masking } = deps
  const known = await masking.values()
  const masker = createMasker(kind, {
    known,
    // Requesters read their own plans: their own words must not tell which of them can be guessed values.
    ...unsaidWeakInPlan(planned.asked, known),
    placeholders: masking.placeholders(planned.asked.caller.session),
    echo: true,
    codecs,
    replace: masks.replace,
    ...policyMasking(planned.policies, info),
    namespace: info.namespace,
    ...(info.name === '' ? {} : { name: info.name }),
  })
  const masked: Buffer[] = []
  for (let at = 0; at < text.length; at += SLICE) {
    masked.push(masker.push(text.subarray(at, at + SLICE)))
    await breathe()
  }
  masked.push(masker.end())
  return Buffer.concat(masked)
}
