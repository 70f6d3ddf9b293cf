import type { RecordEvent } from '../../domain/record/events.ts'
import type { Known } from '../steps.ts'

type LeftOut = { readonly known: Known; count: number; readonly timer: NodeJS.Timeout }

/** So often at most is an identity's count written. */
const EVERY_MS = 10_000

/** Counts the refusals that are not recorded one by one, and records the count: an auditor sees that there were more, of whom and how many. */
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

  /** Records what was counted until now. */
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
