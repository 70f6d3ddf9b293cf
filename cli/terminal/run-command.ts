import { CommandError, EXIT, type ExitCode } from './exit-code.ts'
import { KubectlError, toCommandError } from '../kubectl/kubectl-error.ts'
import type { IO } from './io.ts'

/** Runs a command. Prints an error as one clear message with what to type next, and returns the exit code. */
export async function runCommand(io: IO, command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command()
  } catch (error) {
    const failure = error instanceof KubectlError ? toCommandError(error) : error
    io.progress('')
    if (!(failure instanceof CommandError)) {
      io.note(`error: ${failure instanceof Error ? failure.message : String(failure)}`)
      return EXIT.unexpected
    }
    io.note(`error: ${failure.message}`)
    if (failure.next !== undefined) io.note(`  ${failure.next}`)
    return failure.code
  }
}
