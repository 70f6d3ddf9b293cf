/**
 * Placeholders for the values of a Secret: base64 of `jit.access/masked:<24 hex>`, 56 characters whatever the value.
 *
 * The first 12 hex digits identify the place (namespace, Secret, key). The last 12 also depend on the value, so that an informer sees a
 * change. Both are keyed by gateway and session, so nothing can be compared across sessions. In the response to a write and inside
 * annotations the last 12 do not depend on the value, so a write cannot test a guess.
 * NOT closed: a user that may write a Secret can still test a guess by whether a write changes resourceVersion.
 */
import { createHash, createHmac, hash } from 'node:crypto'
import { PLACEHOLDER_MARK } from './mask-text.ts'

export type SecretKeyRef = { readonly namespace: string; readonly secret: string; readonly key: string }

export type Fingerprint = { update(base64: Uint8Array): void; end(): string }

export type Placeholders = {
  /** For one value, given as the base64 text that the API returns. */
  of(place: SecretKeyRef, base64: Uint8Array | string): string
  /** The same, if the value arrives in parts. */
  open(place: SecretKeyRef): Fingerprint
  /** For a value that must not be distinguishable from any other. */
  unvarying(place: SecretKeyRef): string
  /** For a value in the manifest of a Helm release, given as its text. Never equal to what a read of the Secret shows. */
  released(place: SecretKeyRef, text: string): string
  /** Whether a placeholder, in its decoded form, was created in this session for this place. Does not check the value. */
  names(decoded: string, place: SecretKeyRef): boolean
}

const DIGITS = 12
const shape = new RegExp(`^${PLACEHOLDER_MARK}[0-9a-f]{${2 * DIGITS}}$`)

export function isPlaceholder(decoded: string): boolean {
  return shape.test(decoded)
}

/**
 * The keyed hash is SHA-256 over a secret block of 64 bytes and the message, truncated to 6 of its 32 bytes: a prefix MAC whose truncation
 * prevents length extension. HMAC costs twice as much, and a list has a value every 500 bytes.
 */
export function createPlaceholders({ key, session }: { key: Buffer; session: string }): Placeholders {
  if (key.length < 32) throw new RangeError('a placeholder key has at least 32 bytes')
  // As hex digits it is exactly one block of SHA-256.
  const block = createHmac('sha256', key).update(`session\0${session}`).digest('hex')
  const mark = Buffer.from(PLACEHOLDER_MARK + ''.padEnd(2 * DIGITS), 'latin1')

  const identity = (place: SecretKeyRef): string => hash('sha256', block + message('place', place), 'hex')
  const spell = (place: SecretKeyRef, digest: string): string => {
    mark.write(identity(place), PLACEHOLDER_MARK.length, DIGITS, 'latin1')
    mark.write(digest, PLACEHOLDER_MARK.length + DIGITS, DIGITS, 'latin1')
    return mark.toString('base64')
  }
  const open = (place: SecretKeyRef): Fingerprint => {
    const digest = createHash('sha256').update(block + message('value', place))
    return {
      update: (base64) => void digest.update(base64),
      end: () => spell(place, digest.digest('hex')),
    }
  }

  return {
    open,
    of(place, base64) {
      if (typeof base64 === 'string') return spell(place, hash('sha256', block + message('value', place) + base64, 'hex'))
      const fingerprint = open(place)
      fingerprint.update(base64)
      return fingerprint.end()
    },
    unvarying: (place) => spell(place, hash('sha256', block + message('unvarying', place), 'hex')),
    released: (place, text) => spell(place, hash('sha256', block + message('released', place) + text, 'hex')),
    names(decoded, place) {
      return isPlaceholder(decoded) && decoded.startsWith(identity(place).slice(0, DIGITS), PLACEHOLDER_MARK.length)
    },
  }
}

/** Kubernetes names contain no NUL, so the parts cannot be confused. */
function message(use: string, { namespace, secret, key }: SecretKeyRef): string {
  return `${use}\0${namespace}\0${secret}\0${key}\0`
}
