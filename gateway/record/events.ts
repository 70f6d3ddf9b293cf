import type { EventOf } from '../../domain/record/events.ts'
import type { StatusError } from '../../domain/status-error.ts'
import type { Permitted } from '../steps.ts'
import type { Journey } from './journey.ts'

type Mask = (text: string) => string
const filled = (text: string): string | undefined => (text === '' ? undefined : text)

/** Masks one text after another: what is part of one that held nothing holds nothing. */
function lookingOnce(mask: Mask): Mask {
  let clean = ''
  return (text) => {
    if (clean.includes(text)) return text
    const masked = mask(text)
    if (masked === text) clean = text
    return masked
  }
}

function resourceFields({ asked }: Journey, mask: Mask) {
  const info = asked?.classified.info
  if (info?.isResourceRequest !== true) return {}
  const { apiGroup, apiVersion, resource, subresource, namespace, name } = info
  return { apiGroup, apiVersion, resource, subresource: filled(subresource), namespace: filled(mask(namespace)), name: filled(mask(name)) }
}

/** What was asked, as far as the request got. The query and names may quote a value (a selector, a command): they are masked. */
function requestFields(journey: Journey, mask: Mask) {
  const { arrived, asked } = journey
  return {
    query: arrived === undefined ? undefined : filled(mask(arrived.search)),
    verb: asked?.classified.verb,
    ...resourceFields(journey, mask),
  }
}

function decidedFields({ decided }: Journey) {
  const decision = decided?.decision
  return { effect: decision?.effect, policy: decision?.policy, rule: decision?.rule, risk: decision?.risk }
}

export function intentOf(permitted: Permitted, journey: Journey, mask: Mask): EventOf<'request.intent'> {
  const { caller, permit, revealed } = permitted
  const once = lookingOnce(mask)
  return {
    event: 'request.intent',
    auditID: permitted.auditID,
    session: caller.session,
    user: caller.identity.username,
    issuer: caller.issuer,
    address: filled(permitted.address),
    method: permitted.method,
    path: once(permitted.path),
    ...requestFields(journey, once),
    ...decidedFields(journey),
    grant: permit.grant?.name,
    reveal: revealed?.keys.map((key) => `${revealed.namespace}/${revealed.secret}:${key}`),
    dryRun: permitted.dryRun ? true : undefined,
    shadow: permit.decision.shadow ? true : undefined,
  }
}

export function refusedOf(journey: Journey, error: StatusError, mask: Mask): EventOf<'request.refused'> {
  const { arrived, known } = journey
  const once = lookingOnce(mask)
  return {
    event: 'request.refused',
    auditID: journey.auditID,
    session: known?.caller.session,
    user: known?.caller.identity.username,
    address: filled(journey.address.slice(0, 64)),
    method: arrived?.method,
    path: arrived === undefined ? undefined : once(arrived.path),
    ...requestFields(journey, once),
    ...decidedFields(journey),
    code: error.code,
    reason: error.reason,
    message: mask(error.message),
  }
}
