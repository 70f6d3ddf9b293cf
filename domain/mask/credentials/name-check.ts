/** Decides whether names found in text are names of credentials. The same few names recur, so recent results are cached. */
import { isCredentialName } from '../match/credential-names.ts'

/** Longer names are judged by their ends. */
export const MAX_NAME = 128
/** The cache holds results of a pure function, and is dropped when it is full: on this hot path that costs less than an order of use. */
const MAX_KEPT = 512
const kept = new Map<string, boolean>()

/**
 * `name` consists of letters, digits and `_ . -`. Of `spec.db.password` and `sslpassword.file` only the last part counts. `key` alone, as
 * controllers log the names of objects, counts with the part before it: `api.key`.
 */
export function namesCredential(name: string): boolean {
  const known = kept.get(name)
  if (known !== undefined) return known
  const bare = name.replace(/[.-]+$/, '')
  const found = isCredential(bare)
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(name, found)
  return found
}

function isCredential(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (last.toLowerCase() !== 'key') return isCredentialName(last.slice(-MAX_NAME))
  const before = name.slice(0, -last.length - 1)
  return before !== '' && isCredentialName(`${before.slice(before.lastIndexOf('.') + 1)}_key`.slice(-MAX_NAME))
}
