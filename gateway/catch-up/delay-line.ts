import type { CatchUp } from './catch-up.ts'
import type { ByteBudget } from '../byte-room.ts'

type Job = () => Promise<void>
type Show = (bytes: Buffer) => Promise<void>
type Entry = {
  readonly job: Job
  readonly ready: Promise<void> | undefined
  cost: number
  /** The bytes that the job shows, while more may be added. */
  together?: { readonly pieces: Buffer[]; size: number } | undefined
}

/**
 * Bytes that one response may hold back. Reading from upstream pauses at this limit. A wait of many bytes takes 10 ms, a response of kube-apiserver, and
 * 50 ms more while the cluster changes. So this allows 128 MB/s on an idle machine, and 45 if that response takes 150 ms, as on a busy one.
 */
const MAX_HELD = 8 * 1024 * 1024
/** The cost of an entry besides its bytes, so that many small entries are bounded too. */
const ENTRY_COST = 512
/** Pieces of bytes are shown together up to this size. Showing more at once would delay other clients. */
const MAX_TOGETHER = 16 * 1024

export type DelayLineOptions = {
  readonly catchUp: CatchUp
  readonly room: ByteBudget
  /** Runs the job of an entry. The next entry waits for it. */
  readonly run?: (job: Job) => Promise<void>
  /** Called once when a wait or a job fails. No entry runs afterwards. */
  readonly onFailed: (error: unknown) => void
}

/**
 * Passes on data of upstream in order, each piece when the known values include every Secret that existed when it arrived. Pieces wait
 * concurrently: many share the same round of CatchUp, so waits do not add up.
 */
export class DelayLine {
  readonly #catchUp: CatchUp
  readonly #room: ByteBudget
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
   * Adds a job. `shown` is the number of bytes that it shows to the client and that need masking; a job with 0 waits only for earlier jobs.
   * `held` is the number of bytes that it keeps in memory. Optional. Defaults to `shown`.
   * Resolves when more may be read. @throws the error that the line failed or was closed with
   */
  async add(job: Job, shown: number, held = shown): Promise<void> {
    this.#check()
    if (shown === 0 && this.#entries.length === 0) return this.#do(job)
    this.#push({ job, ready: shown === 0 ? undefined : this.#catchUp.caughtUp(held), cost: held + ENTRY_COST })
    await this.#mayRead()
  }

  /**
   * Adds bytes to show. Small pieces that wait for the same round are shown together, because each job costs more than they do.
   * Resolves and throws as `add`.
   */
  async addBytes(bytes: Buffer, show: Show): Promise<void> {
    this.#check()
    const ready = this.#catchUp.caughtUp(bytes.length)
    const cost = bytes.length + ENTRY_COST
    const last = this.#entries.at(-1)
    if (last?.together !== undefined && last.ready === ready && last.together.size + bytes.length <= MAX_TOGETHER) {
      last.together.pieces.push(bytes)
      last.together.size += bytes.length
      last.cost += cost
      this.#count(cost)
    } else {
      const together = { pieces: [bytes], size: bytes.length }
      this.#push({ job: () => show(together.pieces.length === 1 ? bytes : Buffer.concat(together.pieces)), ready, cost, together })
    }
    await this.#mayRead()
  }

  #push(entry: Entry): void {
    entry.ready?.catch(() => {}) // handled when its turn comes
    this.#entries.push(entry)
    this.#count(entry.cost)
    if (!this.#running) void this.#pass()
  }

  async #mayRead(): Promise<void> {
    while (this.#held > 0 && (this.#held >= MAX_HELD || !this.#room.left)) {
      await this.#changed()
      this.#check()
    }
  }

  /** Resolves when all jobs have run. @throws the error that the line failed or was closed with */
  async drained(): Promise<void> {
    while (this.#entries.length > 0) {
      await this.#changed()
      this.#check()
    }
    this.#check()
  }

  /** Drops waiting jobs. Pending calls of `add` and `drained` throw the error. */
  close(error: unknown): void {
    if (this.#closed !== undefined) return
    this.#closed = { error }
    this.#entries.length = 0
    this.#count(-this.#held)
    this.#notify()
  }

  async #pass(): Promise<void> {
    this.#running = true
    try {
      for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
        await entry.ready
        if (this.#closed !== undefined) return
        entry.together = undefined
        await this.#do(entry.job)
        if (this.#isClosed()) return
        this.#entries.shift()
        this.#count(-entry.cost)
        this.#notify()
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

  #notify(): void {
    const waiting = this.#onChange
    this.#onChange = []
    for (const go of waiting) go()
  }
}
