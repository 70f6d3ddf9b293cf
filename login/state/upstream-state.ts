import type { UpstreamState } from '../upstream.ts'
import type { SharedState } from './shared-state.ts'

const typeOf = (kind: string): string => `Upstream-${kind}`.slice(0, 63)

/** The part of the shared state that an owner has for itself: an upstream, or all upstreams of one identity provider. */
export function upstreamState(state: SharedState, owner: string): UpstreamState {
  const keyOf = (key: string): string => `${owner}\0${key}`
  return {
    remember: async (kind, key, ttlSeconds) =>
      (await state.create(typeOf(kind), keyOf(key), { content: {}, ttlSeconds })) === undefined ? 'seen' : 'new',
    // The order is that of the port.
    // oxlint-disable-next-line max-params
    put: async (kind, key, value, ttlSeconds) => {
      if ((await state.create(typeOf(kind), keyOf(key), { content: { value }, ttlSeconds })) === undefined) throw new Error('this key is in use')
    },
    take: async (kind, key) => {
      const found = await state.get(typeOf(kind), keyOf(key))
      const value = found?.content['value']
      if (found === undefined || typeof value !== 'string') return undefined
      return (await state.remove(typeOf(kind), keyOf(key), found.version)) ? value : undefined
    },
  }
}
