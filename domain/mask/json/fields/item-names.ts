/** Masks item names in FieldsV1. The names of one list repeat in every object, so names with nothing to hide are cached. */
import type { MaskerOptions } from '../../masker-options.ts'
import { DEEPEST_ITEM, maskItem, numbered, type HiddenItems } from '../../positions/field-set-item.ts'
import type { Positions } from '../../positions/positions.ts'
import { RecentBytes } from '../../positions/recent-bytes.ts'
import { ESC } from '../../text/terminal-escapes.ts'
import { createTextMasker } from '../../text/text-masker.ts'
import { ValueFilter } from '../../text/value-filter.ts'
import { Output } from '../output.ts'

const SLOTS = 1024
/** Characters that begin a JSON or a terminal escape. */
const ESCAPES = ['\\', String.fromCharCode(ESC)]
/** Longer names are not cached. */
const MAX_REMEMBERED = 64

/** The state in which a name was found clean: the version of the known values, and whether its list has names. */
type Clean = { readonly changes: number; readonly hasNames: boolean }

export class ItemNames {
  readonly #options: MaskerOptions
  readonly #positions: Positions
  /** Created on first use: most responses are too short to have item names. */
  #clean: RecentBytes<Clean> | undefined
  #whole: ValueFilter | undefined
  /** Number of names hidden so far. */
  #hidden = 0

  constructor(options: MaskerOptions, positions: Positions) {
    this.#options = options
    this.#positions = positions
  }

  /** Whether chunk[from, to), a name in its JSON form, is known to contain nothing to hide. Does not consider what a policy hides. */
  isClean(chunk: Buffer, from: number, to: number): boolean {
    const seen = this.#clean?.get(chunk, from, to)
    return seen !== undefined && seen.changes === this.#options.known.changes && seen.hasNames === this.#positions.hasNames
  }

  /**
   * Returns the masked name.
   * @param raw the name in its JSON form, to be cached. Without it, the name is not cached.
   */
  mask(name: string, hidden: HiddenItems | undefined, raw?: Buffer): string {
    const { changes } = this.#options.known
    const left =
      hidden === undefined && this.#holdsNothing(name)
        ? name
        : maskItem(name, { hidden, keeps: (text) => this.#positions.keepsItem(text), mask: (text) => this.#filtered(text) })
    if (left !== name) return numbered(left, ++this.#hidden)
    if (raw !== undefined)
      (this.#clean ??= new RecentBytes(SLOTS, MAX_REMEMBERED)).set(raw, { from: 0, to: raw.length }, { changes, hasNames: this.#positions.hasNames })
    return left
  }

  /**
   * Whether the name has nothing to hide, however its quoted content is read. Returns false for long names, which may nest deeply, and for
   * names with escapes: they need the full check.
   */
  #holdsNothing(name: string): boolean {
    if (name.length > DEEPEST_ITEM || ESCAPES.some((begin) => name.includes(begin))) return false
    const bytes = Buffer.from(name)
    const whole = (this.#whole ??= new ValueFilter({ ...this.#options, inJson: false }, new Output()))
    whole.look(bytes)
    return whole.clean(0, bytes.length)
  }

  #filtered(text: string): string {
    const masker = createTextMasker({ ...this.#options, inJson: false })
    return Buffer.concat([masker.push(Buffer.from(text)), masker.endWhole()]).toString()
  }
}
