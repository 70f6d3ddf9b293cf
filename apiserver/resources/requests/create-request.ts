import { timestamp } from '../../../domain/api/object-meta.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { escapedLine, escapedLines } from '../../../domain/api/plain-text.ts'
import type { Operation } from '../../../domain/api/rules.ts'
import { invalid, StatusError } from '../../../domain/status-error.ts'
import { checkPlainText } from '../../machinery/write/plain-text.ts'
import type { RequestContext, KubeObject } from '../../machinery/kind.ts'
import type { ReviewDependencies } from '../decisions/approval.ts'
import { askingOf, unusableParts } from '../grantable/unusable.ts'
import { asksBreakGlass, grantedByBreakGlass } from '../break-glass/grant-at-once.ts'
import { completed, extensionProblems, extensionStatus } from '../extensions/completed.ts'
import { refuseSuspended } from '../decisions/suspended.ts'
import { checkHeldOperation } from './held-operation.ts'
import { refuseUsedKey, requestName } from '../request-names/keyed-request.ts'
import type { Quota } from './request-quota.ts'
import { consentOf } from './consent.ts'
import { governingPolicies, limitsOf, policyProblems } from './request-policy.ts'
import { riskOfRequest } from './request-risk.ts'
import { stampRequester } from './requester.ts'
import { startFaults } from './scheduled-start.ts'
import { asObject, asRequest } from '../typed.ts'
import { refuseCreation } from '../windows/refuse-closed.ts'

/**
 * Requesters may not set ownerReferences or finalizers: a nonexistent owner would garbage-collect the request together with its decision; a
 * finalizer would keep it forever.
 */
function lasting(given: KubeObject['metadata']): KubeObject['metadata'] {
  const { finalizers: _, ...owned } = given
  const { ownerReferences: __, ...metadata } = owned
  return metadata
}

/** Maximum bytes that a requester may write into one request. Excludes `operation`, which the gateway writes with its own limits. */
const MAX_BYTES = 64 * 1024

/** @throws StatusError RequestEntityTooLarge */
export function checkSize({ metadata, spec }: AccessRequest): void {
  const { managedFields: _, ...written } = metadata
  const { operation: __, ...asked } = spec
  const bytes = Buffer.byteLength(JSON.stringify([written, asked]))
  if (bytes <= MAX_BYTES) return
  const message = `accessrequests.jit.access "${metadata.name}" is too large: ${bytes} bytes, and at most ${MAX_BYTES} are allowed; ask for less, or use several requests`
  throw new StatusError('RequestEntityTooLarge', message, { details: { name: metadata.name, group: 'jit.access', kind: 'accessrequests' } })
}

const KIND = { kind: 'AccessRequest' } as const

/** Escapes the texts of a held operation, since they quote objects that the agent wrote. `diff` and `body` may contain line breaks. */
function shown(operation: Operation): Operation {
  const texts = Object.entries(operation).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const lines = new Set(['diff', 'body'])
  return { ...operation, ...Object.fromEntries(texts.map(([field, text]) => [field, lines.has(field) ? escapedLines(text) : escapedLine(text)])) }
}

/** What is stored of a new request. @throws StatusError */
export async function createRequest(
  object: KubeObject,
  context: RequestContext,
  { quota, ...deps }: ReviewDependencies & { readonly quota: Quota },
): Promise<KubeObject> {
  const given = asRequest(object)
  checkHeldOperation(given, context.user)
  checkSize(given)
  const { draft, extended } = await completed(given, context, deps.store)
  const { operation, ...spec } = draft.spec
  const { cluster } = spec
  await refuseSuspended(deps, context.user, { reason: 'Forbidden', kind: 'accessrequests', name: draft.metadata.name, act: 'created', cluster })
  const { chosen, all } = await governingPolicies(deps, context.user, draft)
  refuseCreation(all, draft, context)
  const limits = limitsOf(all, draft)
  const { untilMs, ...extension } = extensionStatus(extended, context.nowMs + limits.pendingSeconds * 1000)
  const name = requestName(draft, context.user)
  const drafted: AccessRequest = {
    ...draft,
    metadata: { ...lasting(draft.metadata), name },
    spec: {
      ...spec,
      requester: stampRequester(context.user),
      policy: chosen.metadata.name,
      durationSeconds: limits.durationSeconds,
      ...(limits.maxUses === undefined ? {} : { maxUses: limits.maxUses }),
      ...(operation === undefined ? {} : { operation: shown(operation), maxUses: 1 }),
    },
    status: {
      expiresAt: timestamp(untilMs),
      ...extension,
      ...consentOf(all, draft, { risk: riskOfRequest(draft, all), reviews: [] }),
    },
  }
  const request = asksBreakGlass(drafted) ? grantedByBreakGlass(drafted, { chosen, all }, context) : drafted
  checkPlainText(KIND, asObject(request), { skip: ['spec.operation'] })
  await refuseUsedKey(request, deps.store)
  const { durationSeconds } = request.spec
  const limited = [
    ...policyProblems(all, request),
    ...startFaults(all, request, context.nowMs),
    ...extensionProblems(extended, { policies: all, durationSeconds, nowMs: context.nowMs }),
  ]
  // Counted again in the commit. Before the access reviews, which cost others too.
  if (limited.length === 0) await quota.count(request, context)
  const problems = limited.length > 0 ? limited : await unusableParts(askingOf(request, { chosen, all }), deps)
  if (problems.length > 0) throw invalid('AccessRequest', object.metadata.name, problems)
  return asObject(request)
}
