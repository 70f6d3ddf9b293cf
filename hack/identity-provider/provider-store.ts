import { LRUCache } from 'lru-cache'
import type { AdapterFactory, AdapterPayload } from 'oidc-provider'

const MAX_KEPT = 10_000

/** Keeps sign-ins, codes and sessions in memory, for as long as the provider says. The oldest go first when there are too many. */
export function createStore(): AdapterFactory {
  const kept = new LRUCache<string, AdapterPayload>({ max: MAX_KEPT })
  const idsOfSessions = new LRUCache<string, string>({ max: MAX_KEPT })
  return (model) => {
    const keyOf = (id: string): string => `${model} ${id}`
    const find = (id: string): Promise<AdapterPayload | undefined> => Promise.resolve(kept.get(keyOf(id)))
    return {
      upsert: async (id, payload, expiresIn) => {
        const limit = typeof expiresIn === 'number' ? { ttl: expiresIn * 1000 } : {}
        kept.set(keyOf(id), payload, limit)
        if (payload.uid !== undefined) idsOfSessions.set(payload.uid, id, limit)
        return await Promise.resolve()
      },
      find,
      findByUid: async (uid) => await find(idsOfSessions.get(uid) ?? ''),
      findByUserCode: () => Promise.resolve(undefined), // no client uses device codes
      consume: async (id) => {
        const payload = await find(id)
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: (id) => Promise.resolve(void kept.delete(keyOf(id))),
      revokeByGrantId: (grantId) => {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key)
        return Promise.resolve()
      },
    }
  }
}
