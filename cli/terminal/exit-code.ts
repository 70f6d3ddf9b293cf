/** What a plugin ends with: agents branch on it, so a number never changes its meaning. docs/reference/exit-codes.md lists them. */
export const EXIT = {
  granted: 0,
  unexpected: 1,
  usage: 2,
  denied: 3,
  ended: 4,
  timedOut: 5,
  refused: 6,
  tampered: 7,
  unsound: 8,
  stands: 9,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends a command: one clear line, the exit code, and what to type next where there is something. */
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
