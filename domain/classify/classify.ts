import type { Risk } from '../api/access-policy.ts'
import type { Classified, Power } from '../decision.ts'
import { kindOfGain, type Gain } from '../api/gain.ts'
import { isDeletion, type RequestInfo } from '../request-info.ts'
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

/** Resources whose deletion also deletes everything in them. */
const CONTAINERS: ReadonlySet<string> = new Set(['namespaces', 'persistentvolumes', 'persistentvolumeclaims'])

/** A deletion destroys what the same request cannot restore. */
function riskOf(info: RequestInfo, power: Power): Risk {
  if (power !== 'write' || !isDeletion(info)) return RISK_OF_POWER[power]
  return info.verb === 'deletecollection' || CONTAINERS.has(qualified(info)) ? 'Critical' : 'High'
}

/**
 * Classifies what a request can do. exec, attach, portforward and proxy are classified by their subresource and count as `create` for every method,
 * since over WebSocket they are GET (kubernetes#133515).
 */
export function classify(info: RequestInfo): Classified {
  const power = powerOf(info)
  return { info, power, verb: power === 'connect' && info.subresource !== 'ephemeralcontainers' ? 'create' : info.verb, risk: riskOf(info, power) }
}

/** Gains that amount to root on the node. */
const NODE_GAINS: ReadonlySet<string> = new Set(['Privileged', 'HostNamespace', 'HostPath', 'Capability', 'ProcMount', 'Unreadable'])

/** Adds the gains of a write to its classification. */
export function withGains(classified: Classified, gains: readonly Gain[]): Classified {
  if (gains.length === 0) return classified
  const reachesNode = gains.some((gain) => NODE_GAINS.has(kindOfGain(gain)))
  return { ...classified, gains, risk: reachesNode || classified.risk === 'Critical' ? 'Critical' : 'High' }
}
