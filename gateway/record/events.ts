import type { EventOf } from '../../domain/record/events.ts'
import type { StatusError } from '../../domain/status-error.ts'
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import { shownPath } from '../mask/operation-text.ts'
import type { Permitted } from '../steps.ts'
import type { RequestTrace } from './request-trace.ts'

const filled = (text: string): string | undefined => (text === '' ? undefined : text)

function resourceFields({ asked }: RequestTrace) {
  const info = asked?.classified.info
  if (info?.isResourceRequest !== true) return {}
  const { apiGroup, apiVersion, resource, subresource, namespace, name } = info
  return { apiGroup, apiVersion, resource, subresource: filled(subresource), namespace: filled(namespace), name: filled(name) }
}

/** Request fields, as far as the request was processed. Rendered as operation-text.ts says: not searched for Secret values. */
function requestFields(trace: RequestTrace) {
  const { arrived, asked } = trace
  return {
    query: arrived === undefined ? undefined : filled(hideTokens(arrived.search)),
    verb: asked?.classified.verb,
    ...resourceFields(trace),
  }
}

function decidedFields({ decided }: RequestTrace) {
  const decision = decided?.decision
  return { effect: decision?.effect, policy: decision?.policy, rule: decision?.rule, risk: decision?.risk, gains: decided?.gains }
}

export function intentOf(permitted: Permitted, trace: RequestTrace): EventOf<'request.intent'> {
  const { caller, permit, revealed } = permitted
  return {
    event: 'request.intent',
    auditID: permitted.auditID,
    session: caller.session,
    user: caller.identity.username,
    issuer: caller.issuer,
    address: filled(permitted.address),
    method: permitted.method,
    path: shownPath(permitted.path, permitted.classified.info),
    ...requestFields(trace),
    ...decidedFields(trace),
    grant: permit.grant?.name,
    reveal: revealed?.keys.map((key) => `${revealed.namespace}/${revealed.secret}:${key}`),
    dryRun: permitted.dryRun ? true : undefined,
    shadow: permit.decision.shadow ? true : undefined,
  }
}

/** Builds the record of a refusal. Text from upstream in the message was already masked for the agent when it was received. */
export function refusedOf(trace: RequestTrace, error: StatusError): EventOf<'request.refused'> {
  const { arrived, known } = trace
  return {
    event: 'request.refused',
    auditID: trace.auditID,
    session: known?.caller.session,
    user: known?.caller.identity.username,
    address: filled(trace.address.slice(0, 64)),
    method: arrived?.method,
    path: arrived === undefined ? undefined : shownPath(arrived.path, trace.asked?.classified.info),
    ...requestFields(trace),
    ...decidedFields(trace),
    code: error.code,
    reason: error.reason,
    message: hideTokens(error.message),
  }
}
