/**
 * Runs the automaton over one stream of bytes. It says which spans are known values and how many of the last bytes may still
 * become one (`live`); it holds no bytes itself, so its memory is constant.
 *
 * Two gears: where nothing can begin it leaps by the shift table; at a candidate it steps the automaton byte by byte until the
 * candidate is gone. The automaton never steps back, so hostile text costs a constant factor and no more.
 */
import { BEGINS, BLOCK, WINDOW, blockHash, step, type Automaton } from './automaton.ts'

/** How long to step before leaping again, so that text full of candidates does not pay for both gears. */
const STAY = 32

export class Matcher {
  /** Known values as [from, to) pairs, in order, overlapping ones merged. Whoever writes takes them off. */
  readonly spans: number[] = []
  /** Bytes read since reset. */
  position = 0
  readonly #automaton: Automaton
  #state = 0

  constructor(automaton: Automaton) {
    this.#automaton = automaton
  }

  reset(): void {
    this.#state = 0
    this.position = 0
    this.spans.length = 0
  }

  /** How many of the last bytes begin a known value. */
  get live(): number {
    return this.#automaton.depth[this.#state] as number
  }

  /** Reads bytes[from, to). `last` says that nothing follows, so a beginning that is too short need not be followed. */
  read(bytes: Uint8Array, from: number, to: number, last = false): void {
    const { shifts, shiftBits, depth, ends } = this.#automaton
    const automaton = this.#automaton
    const base = this.position - from
    let at = from
    let state = this.#state
    while (at < to) {
      if (state === 0) {
        const stop = to - WINDOW
        while (at <= stop) {
          const shift = (shifts[blockHash(bytes, at + WINDOW - BLOCK, shiftBits)] as number) & 7
          if (shift !== 0) at += shift
          else if (((shifts[blockHash(bytes, at, shiftBits)] as number) & BEGINS) !== 0) break
          else at++
        }
        if (last && at > stop) break
        if (at >= to) break
      }
      const entered = at
      while (at < to) {
        state = step(automaton, state, bytes[at++] as number)
        if (state === 0) break
        const length = ends[state] as number
        if (length !== 0) this.#found(base + at - length, base + at)
        if (at - entered >= STAY && (depth[state] as number) < WINDOW && at + WINDOW <= to) {
          const back = at - (depth[state] as number)
          if (back <= entered) continue
          at = back
          state = 0
          break
        }
      }
    }
    this.#state = state
    this.position = base + to
  }

  /** Counts the live beginning as a known value. */
  takeLive(): void {
    this.#found(this.position - this.live, this.position)
  }

  #found(from: number, to: number): void {
    const { spans } = this
    let start = from
    while (spans.length > 0 && (spans.at(-1) as number) > start) {
      spans.pop()
      start = Math.min(start, spans.pop() as number)
    }
    spans.push(start, to)
  }
}
