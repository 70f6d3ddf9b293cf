import { createHash } from 'node:crypto'
import type { StoredEntry, Store, Write } from '../../storage/port.ts'
import { conflicting } from './key-refusals.ts'
import { allKeys } from './stored-keys.ts'

/**
 * Store resource for the last registration of each credential, not a kind of the API. It is written in the same commit as the key, so that of two
 * registrations of one credential at the same time, the second conflicts and looks for the first.
 */
export const CREDENTIALS = 'passkeycredentials'

/** Far longer than a registration runs, also one whose client has left. Afterwards the key itself is enough. */
const KEPT_MS = 15 * 60_000

/**
 * The write that claims a credential for a key. One credential belongs to one key: a revoked one does not come back, and two users do not count by one
 * credential.
 * @throws StatusError Conflict
 */
export async function claimCredential(
  store: Store,
  { name, credentialID }: { readonly name: string; readonly credentialID: string },
  nowMs: number,
): Promise<Write> {
  const claim = createHash('sha256').update(credentialID).digest('hex')
  // Read before the keys: a registration in between conflicts.
  const last = await store.get(CREDENTIALS, claim)
  const taken = (await allKeys(store)).some(({ key }) => key.status?.credentialID === credentialID && key.metadata.name !== name)
  if (taken) throw conflicting(name, 'this credential is registered already; use another authenticator, or remove the other key')
  return { resource: CREDENTIALS, name: claim, expected: last?.version ?? 0, value: { atMs: nowMs } }
}

export const isClaimOver = ({ value }: Pick<StoredEntry, 'value'>, nowMs: number): boolean => !(Number(value['atMs']) > nowMs - KEPT_MS)
