import { isUsableKey, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { sameUser, type Identity } from '../../../domain/identity.ts'
import type { User } from '../../../domain/api/rules.ts'
import { fromEntry, toValue } from '../../machinery/object.ts'
import type { JsonObject, Store, Write } from '../../storage/port.ts'
import { asApproverKey, asObject } from '../typed.ts'

export const KEYS = 'approverkeys'

/** A key as it is stored, with the version that a write expects. */
export type StoredKey = { readonly key: ApproverKey; readonly version: number }

export async function readKey(store: Store, name: string): Promise<StoredKey | undefined> {
  const entry = await store.get(KEYS, name)
  return entry === undefined ? undefined : { key: asApproverKey(fromEntry(entry)), version: entry.version }
}

/** Every key. People have a bounded number of them, and only people who may approve have any. */
export const allKeys = async (store: Store): Promise<readonly StoredKey[]> =>
  (await store.list(KEYS)).entries.map((entry) => ({ key: asApproverKey(fromEntry(entry)), version: entry.version }))

/** Whether a key is one of the user. By name, and by UID where both have one: a user that was made again under an old name has no keys. */
export function isOwner({ spec: { user } }: ApproverKey, { username, uid = '' }: Pick<Identity, 'username'> & { readonly uid?: string }): boolean {
  if (user === undefined || user.username !== username) return false
  return user.uid === undefined || user.uid === '' || uid === '' || user.uid === uid
}

/** The keys that count as those of one user, for limits: under any name of theirs. */
export const keysOf = (keys: readonly StoredKey[], user: User | Identity): readonly StoredKey[] =>
  keys.filter(({ key }) => key.spec.user !== undefined && sameUser(key.spec.user, user))

export const keyWrite = (key: ApproverKey, expected: number): Write => ({
  resource: KEYS,
  name: key.metadata.name,
  expected,
  value: toValue(asObject(key)) satisfies JsonObject,
})

/** Whether the key of an earlier approval still stands: the same key, of the same user. */
export async function stillStands(store: Store, reviewer: User, used: { readonly key: string; readonly fingerprint: string }): Promise<boolean> {
  const found = await readKey(store, used.key)
  return found !== undefined && isUsableKey(found.key) && isOwner(found.key, reviewer) && found.key.status?.fingerprint === used.fingerprint
}
