/**
 * Finds what inside a Secret's value is a secret on its own. A structured value is split and judged part by part, never as a whole: fields
 * of JSON (docker configs), lines of YAML, .env and ini files (kubeconfigs), connection strings, URLs, user:password, lines of private
 * keys, command lines, and all of these in base64. Certificates and public keys are public.
 *
 * The input is controlled by any user that may write a Secret, so every step is linear in the value and has a limit.
 */
import { isCredentialName } from './credential-names.ts'
import { base64Text } from './shapes/base64-text.ts'
import { glued } from './shapes/glued.ts'
import { BLANKS, trimmed, type Shape, type ShapedText } from './shapes/item.ts'
import { json } from './shapes/json.ts'
import { assignment, flow, lines } from './shapes/lines.ts'
import { mayBePassword } from './shapes/password.ts'
import { pem } from './shapes/pem.ts'
import { url } from './shapes/url.ts'
import { connectionString, pair, words } from './shapes/single-line.ts'
import { xml } from './shapes/xml.ts'
import { createJudge, type Judge } from './strength.ts'
import { isCode } from './strength/code.ts'
import { isPublicForm, isPublicList } from './strength/public-forms.ts'
import { isPassphrase } from './strength/passphrase.ts'
import { isSwitch } from './switches.ts'

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
const CERTAIN: readonly Shape[] = [json, pem, url]
const LOOSE: readonly Shape[] = [xml, lines, flow, connectionString, assignment, words, pair]

/** Texts that are judged in one step: at most a few milliseconds, whatever the texts are. */
const TEXTS_IN_STEP = 20

/** `cut`: whether something was left out. */
export type Parts = { readonly parts: readonly ValuePart[]; readonly cut: boolean }

/** Splits a value and judges it part by part; values without structure by the same rules. */
export function partsOf(name: string, value: Buffer): Parts {
  const steps = findParts(name, value)
  for (;;) {
    const { done, value: parts } = steps.next()
    if (done === true) return parts
  }
}

/** The same in steps. */
export function* findParts(name: string, value: Buffer): Generator<void, Parts> {
  const collection = new Collection()
  if (value.length > SEARCHED) collection.cut = true
  const text = value.toString('latin1', 0, SEARCHED)
  yield* collection.take({ name, text, depth: 0, decoded: 0 })
  const whole = trimmed(text)
  if (value.length <= SEARCHED && !whole.includes('\n')) collection.add(whole, false)
  return { parts: collection.parts(), cut: collection.cut }
}

/** `within`: the text is a piece of a word that was judged as a whole. */
type Place = ShapedText & { readonly depth: number; readonly decoded: number; readonly within?: true }

/** Whether something strong was found. */
type Found = Generator<void, boolean>

class Collection {
  cut = false
  readonly #strong = new Set<string>()
  readonly #weak = new Set<string>()
  readonly #judge: Judge = createJudge(MAX_ESTIMATES)
  readonly #judgePiece: Judge = createJudge(MAX_ESTIMATES, 'weak')
  #texts = 0

  add(text: string, strong: boolean): void {
    if (!strong) {
      if (text.length === 0 || text.length > MAX_WEAK_BYTES || isSwitch(text)) return
      if (this.#weak.size >= MAX_WEAK) this.cut = true
      else this.#weak.add(text)
    } else if (this.#strong.size >= MAX_PARTS) this.cut = true
    else if (text.length <= LONG) this.#strong.add(text)
    else {
      this.cut = true
      for (const at of [0, PIECE]) this.#strong.add(text.slice(at, at + PIECE))
    }
  }

  /** Returns whether the text contains something strong. */
  *take(place: Place): Found {
    const text = trimmed(place.text)
    if (text === '') return false
    if (this.#isFull) return false
    this.#texts++
    if (this.#texts % TEXTS_IN_STEP === 0) yield
    const { name, depth } = place
    const isWhole = depth >= MAX_DEPTH || (isCredentialName(name) && isPassphrase(text.slice(0, PIECE)))
    return (isWhole ? undefined : yield* this.#takeApart({ ...place, text })) ?? (yield* this.#leaf({ ...place, text }))
  }

  /** Whether nothing more of the value counts. */
  get #isFull(): boolean {
    const full = this.#texts >= MAX_TEXTS || this.#strong.size >= MAX_PARTS
    if (full) this.cut = true
    return full
  }

  parts(): ValuePart[] {
    const weak = [...this.#weak].filter((text) => !this.#strong.has(text))
    const all = [...[...this.#strong].map((text) => ({ text, strong: true })), ...weak.map((text) => ({ text, strong: false }))]
    return all.slice(0, MAX_PARTS).map(({ text, strong }) => ({ bytes: Buffer.from(text, 'latin1'), strong }))
  }

  *#leaf(place: Place): Found {
    const { name, text, word, within } = place
    const strong = (within ? this.#judgePiece : this.#judge)(name, text)
    if (strong || (word === undefined && isCredentialName(name))) this.add(text, strong)
    return (yield* this.#takePieces(place, strong)) || strong
  }

  /** The pieces of a word that is strong or names a credential. */
  *#takePieces({ name: of, text, depth, decoded, within }: Place, strong: boolean): Found {
    if (within || depth >= MAX_DEPTH || text.includes('\n')) return false
    const pieces = glued(of, text)
    if (!strong && !pieces.some(({ name }) => isCredentialName(name))) return false
    let found = false
    for (const { name, text: piece } of pieces) {
      const word = isCredentialName(name) ? {} : ({ word: true } as const)
      if (yield* this.take({ name, text: piece, ...word, depth: depth + 1, decoded, within: true })) found = true
    }
    return found
  }

  /** Returns undefined if the text has no structure. */
  *#takeApart(place: Place): Generator<void, boolean | undefined> {
    const decoded = yield* this.#takeBase64(place)
    if (decoded !== undefined) return decoded
    const { name, text } = place
    for (const shape of CERTAIN) {
      const items = shape(name, text)
      if (items !== undefined) return yield* this.#takeAll(items, place)
    }
    if (isPublicForm(text) || isPublicList(text) || isCode(text)) return undefined
    for (const shape of LOOSE) {
      const items = shape(name, text)
      if (items !== undefined) return yield* this.#takeLoose(shape, items, place)
    }
    return undefined
  }

  *#takeLoose(shape: Shape, items: Iterable<ShapedText>, place: Place): Found {
    const { name, text } = place
    if (yield* this.#takeAll(items, place)) {
      if (mayBePassword(name, text)) yield* this.#leaf({ ...place, word: true })
      return true
    }
    // Words are judged one by one. Only a password is more than its words.
    if (text.includes('\n') || (shape === words && !isCredentialName(name))) return false
    return yield* this.#leaf({ ...place, word: true })
  }

  *#takeAll(items: Iterable<ShapedText>, { depth, decoded, word, within }: Place): Found {
    const inherited = { ...(word === undefined ? {} : { word }), ...(within === undefined ? {} : { within }) }
    let strong = false
    for (const item of items) {
      if (yield* this.take({ ...inherited, ...item, depth: depth + 1, decoded })) strong = true
      if (this.#isFull) break
    }
    return strong
  }

  /** Judges the decoded content of base64, not its encoded form. If the content is strong, the encoded form is searched for too. */
  *#takeBase64({ name, text, depth, decoded, within }: Place): Generator<void, boolean | undefined> {
    const inner = decoded >= MAX_DECODED ? undefined : base64Text(text, name === 'auth' ? MIN_ENCODED_AUTH : undefined)
    if (inner === undefined) return undefined
    const strong = yield* this.take({ name, text: inner, depth: depth + 1, decoded: decoded + 1, ...(within && { within }) })
    if (strong && !BLANKS.test(text)) this.add(text, true)
    return strong
  }
}
