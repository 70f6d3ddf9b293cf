/** Decides whether names found in text are names of credentials. The same few names recur, so recent results are cached. */
import { isCredentialName } from '../match/credential-names.ts'

/** Longer names are judged by their ends. */
export const MAX_NAME = 128
/** The cache holds results of a pure function, and is dropped when it is full: on this hot path that costs less than an order of use. */
const MAX_KEPT = 512
const kept = new Map<string, boolean>()

/** `name` consists of letters, digits and `_ . -`. Of `spec.db.password` and `sslpassword.file` only the last part counts. */
export function namesCredential(name: string): boolean {
  const known = kept.get(name)
  if (known !== undefined) return known
  const bare = name.replace(/[.-]+$/, '')
  const found = isCredentialName(bare.slice(bare.lastIndexOf('.') + 1).slice(-MAX_NAME))
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(name, found)
  return found
}
