import type { Clock } from '../../domain/clock.ts'
import type { OnInterrupt } from './end-on-signal.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'

/** All input and output of a command. The two plugin entry points create it; tests pass their own. */
export type IO = {
  readonly clock: Clock
  readonly kubectl: Kubectl
  /** Columns of the terminal that standard output is. Optional. Defaults to none: a pipe, for which nothing is cut. */
  readonly width?: number | undefined
  /** Writes results to standard output. */
  readonly print: (text: string) => void
  /** Writes notes and errors for people to standard error. */
  readonly note: (text: string) => void
  /** Overwrites one status line on a terminal. Does nothing when standard error is not a terminal. */
  readonly progress: (text: string) => void
  /** Prompts on the terminal. Undefined when there is no terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** Sets what the next Ctrl-C does instead of ending the process. Returns a function that undoes it. */
  readonly onInterrupt: OnInterrupt
  /** Variables of the environment. Optional. Defaults to none. Only `login` reads them. */
  readonly env?: { readonly [name: string]: string | undefined }
  /** Optional. Defaults to linux. */
  readonly platform?: NodeJS.Platform
  /** Reads a file as text; `-` is standard input. */
  readonly read: (file: string) => Promise<string>
}

/** Asks for a confirmation. False for any answer but yes, and without a terminal. */
export async function confirms({ ask }: Pick<IO, 'ask'>, question: string): Promise<boolean> {
  const answer = (await ask?.(`${question} [y/N] `)) ?? ''
  return /^y(es)?$/i.test(answer.trim())
}
