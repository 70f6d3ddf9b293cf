type Count<Owner> = { readonly owner: Owner; count: number; readonly timer: NodeJS.Timeout }

/** Minimum time between two count records of one owner. */
const RECORD_INTERVAL_MS = 10_000

/** Counts what is not recorded individually and records the counts, so that an auditor sees their number by owner. */
export class Unrecorded<Owner> {
  readonly #note: (owner: Owner, count: number) => Promise<void>
  readonly #counts = new Map<string, Count<Owner>>()

  constructor(note: (owner: Owner, count: number) => Promise<void>) {
    this.#note = note
  }

  /** `key` identifies the owner. */
  add(key: string, owner: Owner): void {
    const before = this.#counts.get(key)
    if (before !== undefined) return void (before.count += 1)
    const timer = setTimeout(() => void this.#record(key), RECORD_INTERVAL_MS)
    timer.unref()
    this.#counts.set(key, { owner, count: 1, timer })
  }

  /** Records all counts so far. */
  async flush(): Promise<void> {
    await Promise.all([...this.#counts.keys()].map((key) => this.#record(key)))
  }

  async #record(key: string): Promise<void> {
    const counted = this.#counts.get(key)
    if (counted === undefined) return
    clearTimeout(counted.timer)
    this.#counts.delete(key)
    await this.#note(counted.owner, counted.count)
  }
}
