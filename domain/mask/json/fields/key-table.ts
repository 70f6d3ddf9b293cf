/** Looks up fields by the bytes of their names, without creating a string for each lookup. */
type Entry<Slot> = { readonly bytes: Buffer; readonly slot: Slot }

export class KeyTable<Slot> {
  /** Indexed by the length of the name. */
  readonly #entries: (readonly Entry<Slot>[])[] = []

  constructor(slots: Readonly<Record<string, Slot>>) {
    for (const [name, slot] of Object.entries(slots)) {
      const bytes = Buffer.from(name)
      this.#entries[bytes.length] = [...(this.#entries[bytes.length] ?? []), { bytes, slot }]
    }
  }

  get(chunk: Uint8Array, from: number, to: number): Slot | undefined {
    const entries = this.#entries[to - from]
    if (entries === undefined) return undefined
    for (let each = 0; each < entries.length; each++) {
      const { bytes, slot } = entries[each] as Entry<Slot>
      let at = 0
      while (at < bytes.length && bytes[at] === chunk[from + at]) at++
      if (at === bytes.length) return slot
    }
    return undefined
  }
}
