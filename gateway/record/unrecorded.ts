import type { RecordEvent } from '../../domain/record/events.ts'
import type { Known } from '../steps.ts'

type LeftOut = { readonly known: Known; count: number; readonly timer: NodeJS.Timeout }

/** Minimum time between two count records of one identity. */
const EVERY_MS = 10_000

/** Counts refusals that are not recorded one by one and records the counts, so that an auditor sees their number by identity. */
export class Unrecorded {
  readonly #note: (event: RecordEvent) => Promise<void>
  readonly #leftOut = new Map<string, LeftOut>()

  constructor(note: (event: RecordEvent) => Promise<void>) {
    this.#note = note
  }

  add(known: Known): void {
    const { username } = known.caller.identity
    const before = this.#leftOut.get(username)
    if (before !== undefined) return void (before.count += 1)
    const timer = setTimeout(() => void this.#tell(username), EVERY_MS)
    timer.unref()
    this.#leftOut.set(username, { known, count: 1, timer })
  }

  /** Records all counts so far. */
  async flush(): Promise<void> {
    await Promise.all([...this.#leftOut.keys()].map((username) => this.#tell(username)))
  }

  async #tell(username: string): Promise<void> {
    const leftOut = this.#leftOut.get(username)
    if (leftOut === undefined) return
    clearTimeout(leftOut.timer)
    this.#leftOut.delete(username)
    await this.#note({ event: 'requests.unrecorded', session: leftOut.known.caller.session, user: username, count: leftOut.count })
  }
}
