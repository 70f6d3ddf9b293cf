/**
 * Reports to admins which credentials in Secrets can be guessed, by their keys and never by their values. An entry file of its own: the plugins need
 * nothing else of masking.
 */
import { isCredentialName } from './match/credential-names.ts'
import { isStrong } from './match/strength.ts'
import { isSwitch } from './match/switches.ts'
import { isPlaceholder } from './secret/placeholders.ts'

export type SecretLike = { readonly type?: string; readonly data?: { readonly [key: string]: string } | null }

/** Types of Secrets that controllers and tools generate. They contain nothing that a human chose. */
export const SYSTEM_TYPES: readonly string[] = [
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'kubernetes.io/tls',
  'helm.sh/release.v1',
]
/** Number of keys of a Secret that are checked. A user that writes thousands of keys does not get a report for each. */
const MAX_KEYS = 64
/** In base64 digits. A longer value is a document, whose content is not checked here. */
const MAX_BASE64 = 4096

/** The keys of a Secret whose names indicate a credential, in order. */
export function credentialKeys({ type = '', data }: SecretLike): readonly string[] {
  if (SYSTEM_TYPES.includes(type)) return []
  return Object.keys(data ?? {})
    .filter(isCredentialName)
    .slice(0, MAX_KEYS)
}

/** Whether the credential under a key can be guessed. An empty one cannot: there is nothing to find. */
export function isGuessable(key: string, base64: string): boolean {
  if (base64.length > MAX_BASE64) return false
  const text = Buffer.from(base64, 'base64').toString('latin1').trim()
  return text !== '' && !isSwitch(text) && !isStrong(key, text)
}

/** Whether a value is the placeholder of a masked one, which says nothing about the value itself. */
export const isMasked = (base64: string): boolean => isPlaceholder(Buffer.from(base64, 'base64').toString('latin1'))
