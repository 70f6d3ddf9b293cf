/**
 * Runs the automaton over one stream of bytes. It says which spans are known values and how many of the last bytes may still
 * become one (`live`); it holds no bytes itself, so its memory is constant.
 *
 * Two gears: where nothing can begin it leaps; at a candidate it steps the automaton byte by byte until the candidate is gone. The
 * automaton never steps back, so hostile text costs a constant factor and no more.
 */
import { CHILD, ENDS, SHORTEST, step, type Automaton } from './automaton.ts'
import { Follower } from './follower.ts'
import { leap } from './leaps.ts'

/** How long to step before leaping again: what a leap reads once more is then never more than was read before. */
const STAY = SHORTEST
/** As many bytes of a value as nobody guesses: a random text of so many is beyond trying. */
const BEYOND_GUESSING = 24

/** Where in the bytes, up to where, and what to add for a position of the stream. */
type Place = { readonly at: number; readonly to: number; readonly base: number }

export class Matcher {
  /** Known values as [from, to) pairs, in order, overlapping ones merged. Whoever writes takes them off. */
  readonly spans: number[] = []
  /** Bytes read since reset. */
  position = 0
  readonly #automaton: Automaton
  #state = 0
  /** Values whose heads were found and whose rests may go on in the next bytes, or whose last block does. */
  #followers: Follower[] = []

  constructor(automaton: Automaton) {
    this.#automaton = automaton
  }

  reset(): void {
    this.#state = 0
    this.position = 0
    if (this.#followers.length > 0) this.#followers = []
    if (this.spans.length > 0) this.spans.length = 0
  }

  /** How many of the last bytes begin a known value, or go on like one. */
  get live(): number {
    let live = this.#automaton.depth[this.#state] as number
    for (const { end } of this.#followers) live = Math.max(live, this.position - end)
    return live
  }

  /** Reads bytes[from, to). */
  read(bytes: Uint8Array, from: number, to: number): void {
    const { leaps } = this.#automaton
    const stop = to - leaps.window
    const view = from <= stop ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) : undefined
    const base = this.position - from
    let at = from
    if (this.#followers.length > 0) this.#followers = this.#followers.filter((follower) => this.#goOn(follower, bytes, { at, to, base }))
    while (at < to) {
      if (this.#state === 0 && view !== undefined) at = leap(leaps, view, { at, stop })
      at = this.#walk(bytes, { at, to, base })
    }
    this.position = base + to
  }

  /**
   * Whether what is live is so much of a value that it must not be shown, though the text may never become the value. A shorter beginning
   * is shown when the text ends or pauses there: to hide it would tell who prints guesses whether the next letter is right, of any value in
   * the cluster. Who does not know half of a value, or all but 24 bytes of a long one, gets no answer.
   */
  get telling(): boolean {
    if (this.#followers.length > 0) return true
    const { first, depth } = this.#automaton
    const live = depth[this.#state] as number
    let end = this.#state
    while (((first[end] as number) & CHILD) !== CHILD) end++
    const length = depth[end] as number
    return live > 0 && length - live <= Math.min(length / 2, BEYOND_GUESSING)
  }

  /** Counts the live beginning as a known value. */
  takeLive(): void {
    this.#found(this.position - this.live, this.position)
  }

  /** The text is at its end: what goes on like a value whose head was found is masked, as it would be if it went on otherwise. */
  finish(): void {
    for (const { from } of this.#followers) this.#found(from, this.position)
    this.#followers = []
  }

  /** Steps until nothing is live, or for so long that a leap may pay again; says how far. */
  #walk(bytes: Uint8Array, { at: from, to, base }: Place): number {
    const automaton = this.#automaton
    const { first, depth } = automaton
    const pause = from + STAY
    let at = from
    let state = this.#state
    let next = first[state] as number
    while (at < to) {
      const byte = bytes[at++] as number
      // The first child of a state is the state after it: most steps of a beginning need nothing else.
      if ((next & CHILD) === byte) state++
      else {
        state = step(automaton, state, byte)
        if (state === 0) break
        // A short beginning is read again after a leap has looked at where it stands.
        const live = depth[state] as number
        if (live < SHORTEST && at >= pause && at < to) {
          state = 0
          at -= live
          break
        }
      }
      next = first[state] as number
      if ((next & ENDS) !== 0) this.#ended(state, bytes, { at, to, base })
    }
    this.#state = state
    return at
  }

  /** A pattern, or the head of one, ends before `at`. */
  #ended(state: number, bytes: Uint8Array, here: Place): void {
    const { ends, rests } = this.#automaton
    const from = here.base + here.at - (ends[state] as number)
    this.#found(from, here.base + here.at)
    const after = rests.get(state)
    if (after === undefined) return
    const follower = new Follower(from, here.base + here.at, after)
    if (this.#goOn(follower, bytes, here)) this.#followers.push(follower)
  }

  /** Masks as far as the bytes go on like a value; says whether more of it may come, or more is to be masked. */
  #goOn(follower: Follower, bytes: Uint8Array, { at, to, base }: Place): boolean {
    const position = base + to
    follower.follow(bytes, at, to)
    if (follower.end >= base + at) follower.finishCharacter(bytes, to, position)
    this.#found(follower.from, Math.min(follower.end, position))
    return follower.goesOn(position)
  }

  #found(from: number, to: number): void {
    const { spans } = this
    let [start, end] = [from, to]
    while (spans.length > 0 && (spans.at(-1) as number) > start) {
      end = Math.max(end, spans.pop() as number)
      start = Math.min(start, spans.pop() as number)
    }
    spans.push(start, end)
  }
}
