import type { RecordEvent } from '../../domain/record/events.ts'
import type { Caller } from '../steps.ts'

type Count = { readonly session: string; count: number; readonly timer: NodeJS.Timeout }

/** Minimum time between two count records of one identity. */
const RECORD_INTERVAL_MS = 10_000

/** Counts refusals that are not recorded one by one and records the counts, so that an auditor sees their number by identity. */
export class Unrecorded {
  readonly #note: (event: RecordEvent) => Promise<void>
  readonly #counts = new Map<string, Count>()

  constructor(note: (event: RecordEvent) => Promise<void>) {
    this.#note = note
  }

  add({ identity: { username }, session }: Caller): void {
    const before = this.#counts.get(username)
    if (before !== undefined) return void (before.count += 1)
    const timer = setTimeout(() => void this.#record(username), RECORD_INTERVAL_MS)
    timer.unref()
    this.#counts.set(username, { session, count: 1, timer })
  }

  /** Records all counts so far. */
  async flush(): Promise<void> {
    await Promise.all([...this.#counts.keys()].map((username) => this.#record(username)))
  }

  async #record(username: string): Promise<void> {
    const counted = this.#counts.get(username)
    if (counted === undefined) return
    clearTimeout(counted.timer)
    this.#counts.delete(username)
    await this.#note({ event: 'requests.unrecorded', session: counted.session, user: username, count: counted.count })
  }
}
