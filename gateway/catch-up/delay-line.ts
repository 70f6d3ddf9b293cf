import type { CatchUp } from './catch-up.ts'
import type { Room } from '../byte-room.ts'

type Job = () => Promise<void>
type Entry = { readonly job: Job; readonly ready: Promise<void> | undefined; readonly cost: number }

/**
 * What one answer may hold back. Then upstream is not read until some of it has left. A wait takes 50 ms and an answer of kube-apiserver, so
 * this is 40 MB/s where that takes 150 ms, as on a busy machine.
 */
const MAX_HELD = 8 * 1024 * 1024
/** What an entry costs beside its bytes, so that many small ones are bounded too. */
const ENTRY_COST = 512

export type DelayLineOptions = {
  readonly catchUp: CatchUp
  readonly room: Room
  /** Does what an entry is for; the next one waits for it. */
  readonly run?: (job: Job) => Promise<void>
  /** Told once when a wait or a job has failed. Nothing leaves any more. */
  readonly onFailed: (error: unknown) => void
}

/**
 * Lets what upstream sends go on in its order, each piece when the known values include every Secret that existed when it came. Pieces wait
 * side by side and not one after another: many wait for the same round, so what one waits costs the next nothing.
 */
export class DelayLine {
  readonly #catchUp: CatchUp
  readonly #room: Room
  readonly #do: (job: Job) => Promise<void>
  readonly #onFailed: (error: unknown) => void
  readonly #entries: Entry[] = []
  #held = 0
  #running = false
  #closed: { readonly error: unknown } | undefined
  #onChange: (() => void)[] = []

  constructor({ catchUp, room, run = (job) => job(), onFailed }: DelayLineOptions) {
    this.#catchUp = catchUp
    this.#room = room
    this.#do = run
    this.#onFailed = onFailed
  }

  /**
   * `shown`: how many bytes of it a client would see and must not see unmasked; 0 for what holds none, which waits only for what came before
   * it. Resolves when more may be read. @throws what the line failed or was closed with
   */
  async add(job: Job, shown: number): Promise<void> {
    this.#check()
    if (shown === 0 && this.#entries.length === 0) return this.#do(job)
    const entry: Entry = { job, ready: shown === 0 ? undefined : this.#catchUp.caughtUp(), cost: shown + ENTRY_COST }
    entry.ready?.catch(() => {}) // heard of when its turn comes
    this.#entries.push(entry)
    this.#count(entry.cost)
    if (!this.#running) void this.#pass()
    while (this.#held > 0 && (this.#held >= MAX_HELD || !this.#room.left)) {
      await this.#changed()
      this.#check()
    }
  }

  /** Resolves when everything has left. @throws what the line failed or was closed with */
  async drained(): Promise<void> {
    while (this.#entries.length > 0) {
      await this.#changed()
      this.#check()
    }
    this.#check()
  }

  /** Drops what waits. Whoever waits for the line hears the error. */
  close(error: unknown): void {
    if (this.#closed !== undefined) return
    this.#closed = { error }
    this.#entries.length = 0
    this.#count(-this.#held)
    this.#tell()
  }

  async #pass(): Promise<void> {
    this.#running = true
    try {
      for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
        await entry.ready
        if (this.#closed !== undefined) return
        await this.#do(entry.job)
        if (this.#isClosed()) return
        this.#entries.shift()
        this.#count(-entry.cost)
        this.#tell()
      }
    } catch (error) {
      if (this.#closed === undefined) {
        this.close(error)
        this.#onFailed(error)
      }
    } finally {
      this.#running = false
    }
  }

  #isClosed(): boolean {
    return this.#closed !== undefined
  }

  #check(): void {
    if (this.#closed !== undefined) throw this.#closed.error
  }

  #count(bytes: number): void {
    this.#held += bytes
    if (bytes > 0) this.#room.take(bytes)
    else this.#room.give(-bytes)
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => void this.#onChange.push(resolve))
  }

  #tell(): void {
    const waiting = this.#onChange
    this.#onChange = []
    for (const go of waiting) go()
  }
}
