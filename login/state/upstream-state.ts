import type { UpstreamState } from '../upstream-provider.ts'
import type { SharedState } from './shared-state.ts'

/** The part of the shared state that one upstream has for itself, or all upstreams of one identity provider. */
export function upstreamState(state: SharedState, part: string): UpstreamState {
  const own = (text: string): string => `${part}\0${text}`
  return {
    remember: async (kind, key, { ttlSeconds, owner }) =>
      (await state.create(`Upstream-${kind}`.slice(0, 63), own(key), { content: {}, ttlSeconds, owner: own(owner) })) === undefined ? 'seen' : 'new',
  }
}
