import type { Risk } from '../api/access-policy.ts'
import type { Classified, Power } from '../decision.ts'
import { kindOfGain, type Gain } from '../gain.ts'
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

/** Gains that are as good as root on the node. */
const NODE_GAINS: ReadonlySet<string> = new Set(['Privileged', 'HostNamespace', 'HostPath', 'Capability', 'ProcMount', 'Unreadable'])

/** The same request, once it is known what its write gives to a workload. */
export function withGains(classified: Classified, gains: readonly Gain[]): Classified {
  if (gains.length === 0) return classified
  const reachesNode = gains.some((gain) => NODE_GAINS.has(kindOfGain(gain)))
  return { ...classified, gains, risk: reachesNode || classified.risk === 'Critical' ? 'Critical' : 'High' }
}
