import type { Adapter } from 'oidc-provider'

const nothing = (): Promise<undefined> => Promise.resolve(undefined)

/** Storage for oidc-provider: our grants store nothing, and storage for any other flow throws. */
export const noStore = (): Adapter => ({
  upsert: () => Promise.reject(new Error('this provider only mints tokens: it keeps no sessions, codes or grants')),
  find: nothing,
  findByUserCode: nothing,
  findByUid: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
})
