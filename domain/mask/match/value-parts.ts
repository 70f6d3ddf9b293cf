/**
 * Finds what inside a Secret's value is a secret on its own. A structured value is split and judged part by part, never as a whole: fields
 * of JSON (docker configs), lines of YAML, .env and ini files (kubeconfigs), connection strings, URLs, user:password, lines of private
 * keys, command lines, and all of these in base64. Certificates and public keys are public.
 *
 * The input is controlled by any user that may write a Secret, so every step is linear in the value and has a limit.
 */
import { isCredentialName } from './credential-names.ts'
import { base64Text } from './shapes/base64.ts'
import type { ShapedText, Shape } from './shapes/item.ts'
import { json } from './shapes/json.ts'
import { assignment, flow, lines } from './shapes/lines.ts'
import { pem } from './shapes/pem.ts'
import { url } from './shapes/url.ts'
import { connectionString, pair, words, xml } from './shapes/words.ts'
import { createJudge, type Judge } from './strength.ts'
import { isPassphrase } from './strength/passphrase.ts'

export type ValuePart = { readonly bytes: Buffer; readonly strong: boolean }

/** A private key has about 50 lines. Parts of one value beyond this number are hidden only in its Secret. */
export const MAX_PARTS = 400
const MAX_WEAK = 100
const MAX_WEAK_BYTES = 256
/** Parts are searched for in this many bytes at the front of a value. */
const SEARCHED = 256 << 10
/** Maximum number of texts of one value that are judged, and of zxcvbn calls (milliseconds each): a value is judged without a pause. */
const MAX_TEXTS = 2000
const MAX_ESTIMATES = 4
/** A longer strong part is searched for by its beginning. */
const LONG = 4096
const PIECE = 1024
const MAX_DEPTH = 8
const MAX_DECODED = 3
/** In docker configs, user and password are short. */
const MIN_ENCODED_AUTH = 8

/** Shapes that are unambiguous, and shapes that a password may have by chance. If the latter yield nothing strong, the text is judged as a whole. */
const CERTAIN: readonly Shape[] = [pem, json, url]
const LOOSE: readonly Shape[] = [xml, lines, flow, connectionString, assignment, words, pair]

/** Splits a value and judges it part by part; values without structure by the same rules. `cut`: whether something was left out. */
export function partsOf(name: string, value: Buffer): { readonly parts: readonly ValuePart[]; readonly cut: boolean } {
  const collection = new Collection()
  if (value.length > SEARCHED) collection.cut = true
  const text = value.toString('latin1', 0, SEARCHED)
  collection.take({ name, text, depth: 0, decoded: 0 })
  const whole = text.trim()
  if (value.length <= SEARCHED && !whole.includes('\n')) collection.add(whole, false)
  return { parts: collection.parts(), cut: collection.cut }
}

type Place = ShapedText & { readonly depth: number; readonly decoded: number }

class Collection {
  cut = false
  readonly #strong = new Set<string>()
  readonly #weak = new Set<string>()
  readonly #judge: Judge = createJudge(MAX_ESTIMATES)
  #texts = 0

  /** Returns whether the text contains something strong. */
  take(place: Place): boolean {
    const text = place.text.trim()
    if (text === '') return false
    if (this.#texts++ >= MAX_TEXTS || this.#strong.size >= MAX_PARTS) {
      this.cut = true
      return false
    }
    const { name, depth } = place
    const isWhole = depth >= MAX_DEPTH || (isCredentialName(name) && isPassphrase(text.slice(0, PIECE)))
    return (isWhole ? undefined : this.#takeApart({ ...place, text })) ?? this.#leaf({ ...place, text })
  }

  add(text: string, strong: boolean): void {
    if (!strong) {
      if (text.length === 0 || text.length > MAX_WEAK_BYTES) return
      if (this.#weak.size >= MAX_WEAK) this.cut = true
      else this.#weak.add(text)
    } else if (this.#strong.size >= MAX_PARTS) this.cut = true
    else if (text.length <= LONG) this.#strong.add(text)
    else {
      this.cut = true
      for (const at of [0, PIECE]) this.#strong.add(text.slice(at, at + PIECE))
    }
  }

  parts(): ValuePart[] {
    const weak = [...this.#weak].filter((text) => !this.#strong.has(text))
    const all = [...[...this.#strong].map((text) => ({ text, strong: true })), ...weak.map((text) => ({ text, strong: false }))]
    return all.slice(0, MAX_PARTS).map(({ text, strong }) => ({ bytes: Buffer.from(text, 'latin1'), strong }))
  }

  #leaf({ name, text, word }: ShapedText): boolean {
    const strong = this.#judge(name, text)
    if (strong || (word === undefined && isCredentialName(name))) this.add(text, strong)
    return strong
  }

  /** Returns undefined if the text has no structure. */
  #takeApart(place: Place): boolean | undefined {
    const decoded = this.#takeBase64(place)
    if (decoded !== undefined) return decoded
    const { name, text } = place
    for (const shape of CERTAIN) {
      const items = shape(name, text)
      if (items !== undefined) return this.#takeAll(items, place)
    }
    for (const shape of LOOSE) {
      const items = shape(name, text)
      if (items === undefined) continue
      return this.#takeAll(items, place) || (!text.includes('\n') && this.#leaf({ name, text, word: true }))
    }
    return undefined
  }

  #takeAll(items: Iterable<ShapedText>, { depth, decoded, word }: Place): boolean {
    let strong = false
    for (const item of items) if (this.take({ ...(word === undefined ? {} : { word }), ...item, depth: depth + 1, decoded })) strong = true
    return strong
  }

  /** Judges the decoded content of base64, not its encoded form. If the content is strong, the encoded form is searched for too. */
  #takeBase64({ name, text, depth, decoded }: Place): boolean | undefined {
    const inner = decoded >= MAX_DECODED ? undefined : base64Text(text, name === 'auth' ? MIN_ENCODED_AUTH : undefined)
    if (inner === undefined) return undefined
    const strong = this.take({ name, text: inner, depth: depth + 1, decoded: decoded + 1 })
    if (strong && !/\s/.test(text)) this.add(text, true)
    return strong
  }
}
