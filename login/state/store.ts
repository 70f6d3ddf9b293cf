/** What the replicas share. Keys and values are opaque here: `SharedState` hashes and seals them. */
export type Stored = { readonly value: string; readonly expiresAtMs: number; /** Changes with each write. */ readonly version: string }

/** `type`: for people who look at the store. */
export type Item = { readonly type: string; readonly value: string; readonly expiresAtMs: number }

/** A store whose writes are atomic over all replicas. Every method throws a StatusError when it cannot be reached. */
export type StateStore = {
  get(key: string): Promise<Stored | undefined>
  /** The version that was made. Undefined: the key is there already. Of two callers at the same time, one makes it. */
  create(key: string, item: Item): Promise<string | undefined>
  /** The new version. Undefined: it is gone, or of another version. Of two callers that name the same version, one replaces it. */
  replace(key: string, item: Item & { readonly version: string }): Promise<string | undefined>
  /** False: it is gone, or of another version than the one named. Of two callers at the same time, one gets true. */
  remove(key: string, version?: string): Promise<boolean>
}
