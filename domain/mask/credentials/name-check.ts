/** Names that text holds, told to be those of credentials or not; the same few come again and again, so the last answers are kept. */
import { isCredentialName } from '../match/credential-names.ts'

/** Longer names are judged by their ends. */
export const MAX_NAME = 128
const MAX_KEPT = 512
const kept = new Map<string, boolean>()

/** `name` has letters, digits and `_ . -`; of `spec.db.password` and `sslpassword.file` the last part counts. */
export function namesCredential(name: string): boolean {
  const known = kept.get(name)
  if (known !== undefined) return known
  const bare = name.replace(/[.-]+$/, '')
  const found = isCredentialName(bare.slice(bare.lastIndexOf('.') + 1).slice(-MAX_NAME))
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(name, found)
  return found
}
