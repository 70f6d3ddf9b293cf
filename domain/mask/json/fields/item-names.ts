/** Names of items in FieldsV1 as they may leave. Those of one list are the same in every object, so the clean ones are remembered. */
import type { MaskerOptions } from '../../masker-options.ts'
import { DEEPEST_ITEM, maskItem, numbered, type HiddenItems } from '../../positions/field-set-item.ts'
import type { Positions } from '../../positions/positions.ts'
import { RecentBytes } from '../../positions/recent-bytes.ts'
import { ESC } from '../../text/terminal-escapes.ts'
import { createTextMasker } from '../../text/text-masker.ts'
import { ValueFilter } from '../../text/value-filter.ts'
import { Output } from '../output.ts'

const SLOTS = 1024
/** They begin escapes: of JSON, and of terminals. */
const ESCAPES = ['\\', String.fromCharCode(ESC)]
/** No longer name is remembered. */
const MAX_REMEMBERED = 64

/** When a name was clean: what was known then, and whether its list has names. */
type Clean = { readonly changes: number; readonly hasNames: boolean }

export class ItemNames {
  readonly #options: MaskerOptions
  readonly #positions: Positions
  /** Made for the first name: most answers are too short to have any. */
  #clean: RecentBytes<Clean> | undefined
  #whole: ValueFilter | undefined
  /** How many were hidden. */
  #hidden = 0

  constructor(options: MaskerOptions, positions: Positions) {
    this.#options = options
    this.#positions = positions
  }

  /** Whether chunk[from, to), a name as JSON writes it, was found to hold nothing to hide. What a policy hides is not asked. */
  isClean(chunk: Buffer, from: number, to: number): boolean {
    const seen = this.#clean?.get(chunk, from, to)
    return seen !== undefined && seen.changes === this.#options.known.changes && seen.hasNames === this.#positions.hasNames
  }

  /** The name as it may leave. @param raw the name as JSON writes it, to be remembered. Absent: it is not. */
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

  /** Whether nothing is to be hidden whatever the name quotes. Of a long name, which may nest deeply, or escapes in it that is not known. */
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
