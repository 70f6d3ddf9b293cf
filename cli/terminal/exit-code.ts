/** Exit codes of the plugins. Agents branch on them, so a number never changes its meaning. Listed in docs/reference/exit-codes.md. */
export const EXIT = {
  granted: 0,
  unexpected: 1,
  usage: 2,
  denied: 3,
  ended: 4,
  timedOut: 5,
  refused: 6,
  tampered: 7,
  problemsFound: 8,
  alreadyApproved: 9,
  partlyFailed: 10,
  needsPasskey: 11,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An error that ends a command: one clear message, the exit code and, if known, what to type next. */
export class CommandError extends Error {
  readonly code: ExitCode
  readonly next: string | undefined

  constructor(code: ExitCode, message: string, next?: string) {
    super(message)
    this.name = 'CommandError'
    this.code = code
    this.next = next
  }
}

export const usage = (message: string, next?: string): CommandError => new CommandError(EXIT.usage, message, next)
