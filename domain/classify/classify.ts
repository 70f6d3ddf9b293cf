import type { Risk } from '../access-policy.ts'
import type { Classified, Power } from '../decision.ts'
import type { RequestInfo } from '../request-info.ts'
import { powerOf, qualified } from './power.ts'

const RISK_OF_POWER: Readonly<Record<Power, Risk>> = {
  read: 'Low',
  ask: 'Low',
  write: 'Medium',
  connect: 'High',
  mint: 'Critical',
  escalate: 'Critical',
  unknown: 'Critical',
}

/** Writes that destroy what cannot be made again from the same request. */
const DESTRUCTIVE: ReadonlySet<string> = new Set(['delete', 'deletecollection'])
/** Whose deletion takes everything in them along. */
const CONTAINERS: ReadonlySet<string> = new Set(['namespaces', 'persistentvolumes', 'persistentvolumeclaims'])

function riskOf(info: RequestInfo, power: Power): Risk {
  if (power !== 'write' || !DESTRUCTIVE.has(info.verb)) return RISK_OF_POWER[power]
  return info.verb === 'deletecollection' || CONTAINERS.has(qualified(info)) ? 'Critical' : 'High'
}

/**
 * Says what a request can do. exec, attach, portforward and proxy are judged by their subresource and count as `create`
 * whatever their method: over WebSocket they are GET (kubernetes#133515).
 */
export function classify(info: RequestInfo): Classified {
  const power = powerOf(info)
  return { info, power, verb: power === 'connect' && info.subresource !== 'ephemeralcontainers' ? 'create' : info.verb, risk: riskOf(info, power) }
}
