import type { Power } from '../../domain/decision.ts'
import type { Asked } from '../steps.ts'
import { isSet } from './query-flag.ts'

type Request = Pick<Asked, 'classified' | 'query' | 'upgrade'>

/** Whether the answer has no end of its own: a watch, a followed log, a stream. */
export function isEndless({ classified: { info }, query, upgrade }: Request): boolean {
  return upgrade !== undefined || info.verb === 'watch' || (info.subresource === 'log' && isSet(query.get('follow')))
}

/** What ends within the time that kube-apiserver gives a request. Of what another server answers through it (proxies, subresources) nobody knows. */
const SHORT: ReadonlySet<string> = new Set<Power>(['read', 'write', 'mint', 'ask'])

/** Whether the answer may go on for as long as somebody likes: what is endless, proxied or unknown, and a log, however long. */
export function mayLast(request: Request): boolean {
  const { info, power } = request.classified
  return isEndless(request) || !SHORT.has(power) || info.subresource === 'log'
}
