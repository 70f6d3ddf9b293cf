import type { EventOf } from '../../domain/record/events.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import type { StatusError } from '../../domain/status-error.ts'
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import { shownPath } from '../mask/operation-text.ts'
import type { Permitted } from '../steps.ts'
import type { RequestTrace, TracedRequest } from './request-trace.ts'

const filled = (text: string): string | undefined => (text === '' ? undefined : text)

function resourceFields(info: RequestInfo | undefined) {
  if (info?.isResourceRequest !== true) return {}
  const { apiGroup, apiVersion, resource, subresource, namespace, name } = info
  return { apiGroup, apiVersion, resource, subresource: filled(subresource), namespace: filled(namespace), name: filled(name) }
}

/** Request fields, as far as the request was processed. Rendered as operation-text.ts says: not searched for Secret values. */
function requestFields(request: TracedRequest | undefined) {
  return {
    query: request === undefined ? undefined : filled(hideTokens(request.search)),
    verb: request?.classified?.verb,
    ...resourceFields(request?.classified?.info),
  }
}

function decidedFields(decided: TracedRequest['decided']) {
  const decision = decided?.decision
  return { effect: decision?.effect, policy: decision?.policy, rule: decision?.rule, risk: decision?.risk, gains: decided?.gains }
}

export function intentOf(permitted: Permitted): EventOf<'request.intent'> {
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
    ...requestFields(permitted),
    ...decidedFields(permitted.decided),
    grant: permit.grant?.name,
    breakGlass: permit.grant?.breakGlass === true ? true : undefined,
    reveal: revealed?.keys.map((key) => `${revealed.namespace}/${revealed.secret}:${key}`),
    dryRun: permitted.dryRun ? true : undefined,
    shadow: permit.decision.shadow ? true : undefined,
  }
}

/** Builds the record of a refusal. Text from upstream in the message was already masked for the agent when it was received. */
export function refusedOf(trace: RequestTrace, error: StatusError): EventOf<'request.refused'> {
  const { request } = trace
  return {
    event: 'request.refused',
    auditID: trace.auditID,
    session: request?.caller?.session,
    user: request?.caller?.identity.username,
    address: filled(trace.address.slice(0, 64)),
    method: request?.method,
    path: request === undefined ? undefined : shownPath(request.path, request.classified?.info),
    ...requestFields(request),
    ...decidedFields(request?.decided),
    code: error.code,
    reason: error.reason,
    message: hideTokens(error.message),
  }
}
