/** Credentials of Secrets that can be guessed, for admins: by their keys, never by what they are. */
import { isCredentialName } from './credential-names.ts'
import { isStrong } from './strength.ts'

export type SecretLike = { readonly type?: string; readonly data?: { readonly [key: string]: string } | null }

/** What controllers and tools make themselves; there is nothing in them that a human chose. */
export const SYSTEM_TYPES: readonly string[] = [
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'kubernetes.io/tls',
  'helm.sh/release.v1',
]
/** So many keys of a Secret are judged. Who writes thousands into one is not told of each. */
const MAX_KEYS = 64
/** Base64 digits. A longer value is a document; what it holds is not judged here. */
const MAX_BASE64 = 4096
/** Switches that stand under such names: `auth: enabled`. They are no credentials. */
const SWITCH = /^(true|false|yes|no|on|off|enabled|disabled|none|null)$/i

/** The keys of a Secret whose names say that a credential stands there, in order. */
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
  return text !== '' && !SWITCH.test(text) && !isStrong(key, text)
}
