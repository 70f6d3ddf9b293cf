/**
 * Caches values by the bytes of short texts, in a table of constant size. Each text has one slot, and the last text put there stays.
 * Objects contain the same few hundred names again and again, so no string is created for a recently seen one. All texts are in one block
 * of memory, because following a pointer for each costs more than the comparison.
 */
const LONG = 8

export class RecentBytes<Value> {
  readonly #values: (Value | undefined)[]
  readonly #texts: Uint8Array
  readonly #lengths: Uint16Array
  readonly #mask: number
  readonly #longest: number

  /**
   * @param slots a power of two
   * @param longest longer texts are not cached; at most 65 535 bytes
   */
  constructor(slots: number, longest: number) {
    this.#values = Array.from({ length: slots }, () => undefined)
    this.#texts = new Uint8Array(slots * longest)
    this.#lengths = new Uint16Array(slots)
    this.#mask = slots - 1
    this.#longest = longest
  }

  get(bytes: Buffer, from: number, to: number): Value | undefined {
    const slot = hashOf(bytes, from, to) & this.#mask
    const length = to - from
    if (this.#lengths[slot] !== length) return undefined
    const texts = this.#texts
    const start = slot * this.#longest
    for (let at = 0; at < length; at++) if (texts[start + at] !== bytes[from + at]) return undefined
    return this.#values[slot]
  }

  set(bytes: Buffer, { from, to }: { readonly from: number; readonly to: number }, value: Value): void {
    if (to - from > this.#longest) return
    const slot = hashOf(bytes, from, to) & this.#mask
    this.#texts.set(bytes.subarray(from, to), slot * this.#longest)
    this.#lengths[slot] = to - from
    this.#values[slot] = value
  }
}

/** Hashes the length and the last, middle and first bytes. Texts that differ only elsewhere share a slot. */
function hashOf(bytes: Buffer, from: number, to: number): number {
  const length = to - from
  let hash = length
  if (length < LONG) {
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  } else {
    hash = Math.imul(hash ^ wordAt(bytes, to - 4), 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15) ^ wordAt(bytes, to - 8), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13) ^ wordAt(bytes, from + (length >> 1) - 2), 0xc2b2ae35)
    hash = Math.imul(hash ^ (hash >>> 16) ^ wordAt(bytes, from), 0x9e3779b1)
  }
  return hash ^ (hash >>> 15)
}

function wordAt(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
}
