/**
 * The values of Secrets, indexed so that they are found in any text. The index changes in place: a learned value is hidden from then on,
 * also in responses that have already begun. Masking a Secret itself never depends on it, because a Secret is masked by its route.
 */
import { Budget, type Charge, type NotSearched } from './search-budget.ts'
import { piecesOf, StrongValue, type ValueSource } from './pattern.ts'
import { PatternTable } from './pattern-table.ts'
import { formsOf } from './value-forms.ts'
import { findParts } from './value-parts.ts'
import { WeakTexts } from './weak-values.ts'

export type { ValueSource } from './pattern.ts'
export type SecretValue = ValueSource & { readonly value: Buffer }

/** One learned value of one key. The caller that learned it is responsible for forgetting it. */
export type Learned = Charge & {
  readonly strong: StrongValue[]
  readonly weak: string[]
  /** Why parts of it are not searched for. Undefined if all of it is searched for. */
  notSearched: NotSearched | undefined
}

/** Bytes of parts whose forms are built in one step. A part counts for at least PART_BYTES. */
const STEP_BYTES = 512
const PART_BYTES = 128
const MAX_WEAK = 256
/** Of a longer part, only the beginning is searched for. */
const MAX_PART = 4096
/** Bytes that a pattern takes in addition to its text. */
const PATTERN_OVERHEAD = 112

export class KnownValues {
  readonly patterns = new PatternTable()
  readonly #strong = new Map<string, StrongValue>()
  readonly #weak = new WeakTexts()
  readonly #budget = new Budget<Learned>()
  readonly #notSearched = new Set<Learned>()
  #changes = 0

  get weak(): WeakTexts {
    return this.#weak
  }

  /** Values that are not completely searched for, with the reason. */
  get notSearched(): ReadonlySet<Learned> {
    return this.#notSearched
  }

  /** Grows whenever there is more to hide: text that was clean before may no longer be. */
  get changes(): number {
    return this.#changes
  }

  /** Estimated memory of the patterns in bytes. */
  get bytes(): number {
    return this.#budget.bytes
  }

  /** Learns a value in steps of about a millisecond. Each part is searched for as soon as its step is done. */
  *learn({ value, ...source }: SecretValue): Generator<void, Learned> {
    const learned: Learned = { source, strong: [], weak: [], parts: 0, bytes: 0, retired: false, notSearched: undefined }
    if (this.#budget.isFull(source)) {
      this.#miss(learned, 'too many values in the Secret')
      return learned
    }
    const { parts, cut } = yield* findParts(source.key, value)
    if (cut) this.#miss(learned, 'value too large')
    let step = 0
    for (const { bytes, strong } of parts) {
      if (step >= STEP_BYTES) {
        yield
        step = 0
      }
      step += Math.max(PART_BYTES, bytes.length)
      const missed = strong ? this.#addStrong(learned, bytes) : this.#addWeak(learned, bytes)
      if (missed === undefined) continue
      this.#miss(learned, missed)
      break
    }
    if (this.patterns.wantsFilter) yield* this.patterns.renewFilter()
    return learned
  }

  /**
   * The value is no longer in its Secret. It stays hidden until it is forgotten or other values need its room. Returns the retired values that are too
   * many for their Secret, which the caller forgets.
   */
  retire(learned: Learned): readonly Learned[] {
    this.#budget.retire(learned)
    const excess = this.#budget.excess(learned.source)
    for (const each of excess) this.#budget.release(each)
    return excess
  }

  /** Forgets a value in steps of about a millisecond: a part has many forms. What is left of it stays hidden until the last step. */
  *forgetting(learned: Learned): Generator<void> {
    this.#notSearched.delete(learned)
    this.#budget.release(learned)
    for (const text of learned.weak.splice(0)) this.#weak.drop(text)
    let step = 0
    while (learned.strong.length > 0) {
      if (step >= STEP_BYTES) {
        yield
        step = 0
      }
      const value = learned.strong.pop()
      if (value === undefined) return // another value needed the room during the pause
      step += Math.max(PART_BYTES, value.text.length)
      this.#dropStrong(value, learned.source)
    }
  }

  /** Forgets a value at once. */
  forget(learned: Learned): void {
    const steps = this.forgetting(learned)
    while (steps.next().done !== true);
  }

  #miss(learned: Learned, why: NotSearched): void {
    learned.notSearched ??= why
    this.#notSearched.add(learned)
  }

  /** Forgets a value to make room. A live value is then reported as not searched for. */
  readonly #giveUp = (learned: Learned): void => {
    const { retired } = learned
    this.forget(learned)
    if (!retired) this.#miss(learned, 'too many values in the namespace')
  }

  #addStrong(learned: Learned, part: Buffer): NotSearched | undefined {
    const bytes = part.subarray(0, MAX_PART)
    const text = bytes.toString('latin1')
    const known = this.#strong.get(text)
    if (known !== undefined && learned.strong.includes(known)) return undefined
    const pieces = formsOf(bytes).flatMap(piecesOf)
    const cost = pieces.reduce((sum, { length }) => sum + length + PATTERN_OVERHEAD, 0)
    const missed = this.#budget.charge(learned, cost, this.#giveUp)
    if (missed !== undefined) return missed
    // Making room may have forgotten the known value.
    const value = this.#strong.get(text)
    if (value !== undefined) {
      this.#changes++
      value.sources.push(learned.source)
      learned.strong.push(value)
      return undefined
    }
    this.#changes++
    const made = new StrongValue(text, learned.source)
    this.#strong.set(text, made)
    for (const piece of pieces) this.patterns.add(piece, made)
    learned.strong.push(made)
    return undefined
  }

  #dropStrong(value: StrongValue, source: ValueSource): void {
    const at = value.sources.indexOf(source)
    if (at >= 0) value.sources.splice(at, 1)
    if (value.sources.length > 0) return
    this.#strong.delete(value.text)
    for (const form of formsOf(Buffer.from(value.text, 'latin1'))) for (const piece of piecesOf(form)) this.patterns.remove(piece, value)
  }

  #addWeak(learned: Learned, bytes: Buffer): NotSearched | undefined {
    if (bytes.length === 0 || bytes.length > MAX_WEAK) return undefined
    const text = bytes.toString('latin1')
    const missed = this.#budget.charge(learned, text.length + PATTERN_OVERHEAD, this.#giveUp)
    if (missed !== undefined) return missed
    this.#changes++
    this.#weak.add(text)
    learned.weak.push(text)
    return undefined
  }
}

/** Learns all values at once: 1 000 Secrets take a tenth of a second. For tests, tools and single documents; a server learns with pauses. */
export function createKnownValues(values: Iterable<SecretValue>): KnownValues {
  const known = new KnownValues()
  for (const value of values) drain(known.learn(value))
  return known
}

function drain(steps: Generator<void, unknown>): void {
  while (steps.next().done !== true) continue
}
