import type { Adapter } from 'oidc-provider'

const nothing = (): Promise<undefined> => Promise.resolve(undefined)

/** oidc-provider's storage: our grants keep nothing, and whatever would be kept by another flow is refused. */
export const noStore = (): Adapter => ({
  upsert: () => Promise.reject(new Error('this provider only mints tokens: it keeps no sessions, codes or grants')),
  find: nothing,
  findByUserCode: nothing,
  findByUid: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
})
