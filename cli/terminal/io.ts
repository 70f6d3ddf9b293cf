import type { Clock } from '../../domain/clock.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'

/** Everything outside that a command touches; the two plugin files build it, tests hand in their own. */
export type IO = {
  readonly clock: Clock
  readonly kubectl: Kubectl
  /** Results: what a pipe reads. */
  readonly print: (text: string) => void
  /** Everything said to a person: notes, errors, questions. */
  readonly note: (text: string) => void
  /** Overwrites one line on a terminal; does nothing in a pipe. */
  readonly progress: (text: string) => void
  /** Asks on the terminal; undefined when there is none to ask on. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** A file's text, standard input for `-`. */
  readonly read: (file: string) => Promise<string>
}
