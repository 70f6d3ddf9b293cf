/**
 * What stands in a Secret for each value: base64 of `jit.access/masked:<24 hex>`, 56 characters whatever the value was.
 *
 * The first 12 hex digits name the place (namespace, Secret, key), the last 12 also depend on the value, so that an informer
 * sees a change. Both are keyed by gateway and session: across sessions nothing can be compared. In an echo of a write and
 * inside annotations the last 12 do not depend on the value, so a write cannot test a guess by its echo.
 * NOT closed: who may write a Secret can still test a guess by whether a write changes resourceVersion.
 */
import { createHash, hash } from 'node:crypto'
import { PLACEHOLDER_MARK } from './mask-text.ts'

export type Place = { readonly namespace: string; readonly secret: string; readonly key: string }

export type Fingerprint = { update(base64: Uint8Array): void; end(): string }

export type Placeholders = {
  /** For one value, given as the base64 text that the API answers with. */
  of(place: Place, base64: Uint8Array): string
  /** The same, when the value comes in parts. */
  open(place: Place): Fingerprint
  /** For a value that must not be told from any other. */
  unvarying(place: Place): string
  /** Whether a placeholder, in its decoded form, was made in this session for this place. Says nothing about the value. */
  names(decoded: string, place: Place): boolean
}

const BLOCK = 64
const DIGITS = 12
const shape = new RegExp(`^${PLACEHOLDER_MARK}[0-9a-f]{${2 * DIGITS}}$`)

export function isPlaceholder(decoded: string): boolean {
  return shape.test(decoded)
}

export function createPlaceholders({ key, session }: { key: Buffer; session: string }): Placeholders {
  if (key.length < 32) throw new RangeError('a placeholder key has at least 32 bytes')
  const { inner, outer } = hmacPads(hmac(hmacPads(key), Buffer.from(`session\0${session}`)))
  const keyed = { inner, outer }
  const spell = (place: Place, value: Buffer): string =>
    Buffer.from(PLACEHOLDER_MARK + identity(keyed, place) + value.toString('hex', 0, DIGITS / 2), 'latin1').toString('base64')

  const open = (place: Place): Fingerprint => {
    const digest = createHash('sha256').update(keyed.inner).update(message('value', place))
    return {
      update: (base64) => void digest.update(base64),
      end: () => spell(place, hash('sha256', Buffer.concat([keyed.outer, digest.digest()]), 'buffer')),
    }
  }

  return {
    open,
    of(place, base64) {
      return spell(place, hmac(keyed, Buffer.concat([message('value', place), base64])))
    },
    unvarying: (place) => spell(place, hmac(keyed, message('unvarying', place))),
    names(decoded, place) {
      return isPlaceholder(decoded) && decoded.slice(PLACEHOLDER_MARK.length, PLACEHOLDER_MARK.length + DIGITS) === identity(keyed, place)
    },
  }
}

type Pads = { inner: Buffer; outer: Buffer }

function identity(keyed: Pads, place: Place): string {
  return hmac(keyed, message('place', place)).toString('hex', 0, DIGITS / 2)
}

/** Kubernetes names hold no NUL, so the parts cannot run into each other. */
function message(use: string, { namespace, secret, key }: Place): Buffer {
  return Buffer.from(`${use}\0${namespace}\0${secret}\0${key}\0`)
}

/** HMAC-SHA256 (RFC 2104) out of one-shot hashes: createHmac costs 10 us a call, this 1 us, and a list has a value every 500 bytes. */
function hmac({ inner, outer }: Pads, text: Buffer): Buffer {
  return hash('sha256', Buffer.concat([outer, hash('sha256', Buffer.concat([inner, text]), 'buffer')]), 'buffer')
}

function hmacPads(key: Buffer): Pads {
  const block = Buffer.alloc(BLOCK)
  ;(key.length > BLOCK ? hash('sha256', key, 'buffer') : key).copy(block)
  return { inner: Buffer.from(block.map((byte) => byte ^ 0x36)), outer: Buffer.from(block.map((byte) => byte ^ 0x5c)) }
}
