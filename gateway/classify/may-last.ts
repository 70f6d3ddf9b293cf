import type { Power } from '../../domain/decision.ts'
import type { ClassifiedRequest } from '../steps.ts'
import { isSet } from './query-flag.ts'

type Request = Pick<ClassifiedRequest, 'classified' | 'query' | 'upgrade'>

/** Whether the response has no natural end: a watch, a followed log or a stream. */
export function isEndless({ classified: { info }, query, upgrade }: Request): boolean {
  return upgrade !== undefined || info.verb === 'watch' || (info.subresource === 'log' && isSet(query.get('follow')))
}

/** Powers whose requests end within kube-apiserver's request timeout. The duration of proxied requests and unknown subresources is not bounded. */
const SHORT: ReadonlySet<string> = new Set<Power>(['read', 'write', 'mint', 'ask'])

/** Whether the response may be long-running: endless, proxied or unknown requests, and logs. */
export function mayBeLongRunning(request: Request): boolean {
  const { info, power } = request.classified
  return isEndless(request) || !SHORT.has(power) || info.subresource === 'log'
}
