/** Writes the replacement for hidden bytes. */
import type { FilterOptions } from '../masker-options.ts'
import { MASK_TEXT } from '../secret/mask-text.ts'
import type { HiddenSpan } from './hidden-spans.ts'

const mask = Buffer.from(MASK_TEXT)
const nothing: Buffer = Buffer.alloc(0)
/** Pads a mask to the length of what it hides. */
const FILLER = 0x2a

export class Replacement {
  readonly #options: FilterOptions
  #span: HiddenSpan | undefined
  /** How much of the mask is written. */
  #written = 0

  constructor(options: FilterOptions) {
    this.#options = options
  }

  begin(span: HiddenSpan): void {
    this.#span = span
    this.#written = 0
  }

  /** Returns what to write for the next bytes of the span. */
  next(hidden: Buffer): Buffer {
    if (this.#options.sameLength === true) return this.#filler(hidden.length)
    const span = this.#span
    if (span === undefined) return nothing
    this.#span = undefined
    return this.#text(span, hidden)
  }

  #text({ values }: HiddenSpan, hidden: Buffer): Buffer {
    const { replace, inJson } = this.#options
    const sources = values.flatMap((value) => value.sources)
    if (replace === undefined || sources.length === 0) return mask
    const shown = replace({ sources, bytes: inJson === true ? meaningOf(hidden) : hidden })
    return inJson === true ? Buffer.from(JSON.stringify(shown.toString('utf8')).slice(1, -1)) : shown
  }

  #filler(length: number): Buffer {
    const filler = Buffer.alloc(length, FILLER)
    mask.copy(filler, 0, Math.min(this.#written, mask.length), mask.length)
    this.#written += length
    return filler
  }
}

/** Decodes the inside of a JSON string. Returns the bytes unchanged if an escape is cut. */
function meaningOf(raw: Buffer): Buffer {
  try {
    return Buffer.from(JSON.parse(`"${raw.toString('utf8')}"`) as string)
  } catch {
    return raw
  }
}
