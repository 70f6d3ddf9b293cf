import type { UpstreamState } from '../upstream.ts'
import type { SharedState } from './shared-state.ts'

/** The part of the shared state that one upstream has for itself. */
export function upstreamState(state: SharedState, upstream: string): UpstreamState {
  const own = (text: string): string => `${upstream}\0${text}`
  return {
    remember: async (kind, key, { ttlSeconds, owner }) =>
      (await state.create(`Upstream-${kind}`.slice(0, 63), own(key), { content: {}, ttlSeconds, owner: own(owner) })) === undefined ? 'seen' : 'new',
  }
}
